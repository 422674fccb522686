/**
 * Both builds of memtest86+ through a pass on 16 MiB, its eleven tests one after the other; two fades alone take 300 s. Not among the usual
 * tests for that: tools/node tools/test.ts test/boot/memtest.long.ts.
 * Last result, 26 November 2026, memtest86+ 6.10-4, on a busy host: both passed without an error, the 64-bit build after 213 s, the 32-bit one after 373 s.
 */
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { whyNoFirmware } from './firmware.ts';
import { unpacked } from './packages.ts';
import { booted, until } from './stage.ts';

suite('memtest86+', { skip: whyNoFirmware(), timeout: 3_600_000 }, () => {
  for (const build of ['x64', 'ia32'] as const)
    test(`of ${build} finds no error in 16 MiB`, async (t) => {
      const kernel = join(unpacked('memtest86+'), `boot/memtest86+${build}.bin`);
      await until(await booted(t, '--kernel', kernel, '--memory', '16M'), /Pass: +1 +Errors: 0/, 1_700_000);
    });
});
