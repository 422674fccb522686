/**
 * Debian's kernel to a shell that is typed at, interpreted and translated side by side: `tools/node --test test/lockstep/linux.long.ts`. Last result, 27 November 2026: equal throughout 1,510,346,462
 * instructions, with 4,793 regions of 529,374 instructions where blocks are translated at their second visit and 176 as usual; recordings are had again either way; 142 s in all.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begunWith } from '../../src/computer/boot/start.ts';
import { engine } from '../../src/computer/engine/index.ts';
import { translatorOf } from '../../src/computer/engine/translator.ts';
import { emptyInput } from '../../src/environment/command/empty.ts';
import { shellArchive, whyNoBusybox } from '../boot/shell.ts';
import { kernelFile } from '../oracle/kernel.ts';
import { mib, place, ran, until } from '../record/stage.ts';
import { together } from './computers.ts';

const file = place();
const commands = [
  "echo ready; md5sum /bin/busybox; seq 1 3000 | awk '{ s += $1 * 7 % 13 } END { print s }'",
  'head -c 300000 /bin/busybox | gzip | gunzip | sha256sum; dd if=/dev/zero bs=4k count=64 2>/dev/null | md5sum',
  'for i in 1 2 3 4 5; do ls /proc | sort | wc -l; done; cat /proc/interrupts; poweroff -f',
];

for (const [name, often] of [
  ['at the second visit', 2],
  ['as usual', undefined],
] as const)
  test(`Linux does translated what it does interpreted, where blocks are translated ${name}`, {
    skip: whyNoBusybox(),
    timeout: 1_800_000,
  }, async (t) => {
    const request = {
      ...(await emptyInput('boot')),
      kernel: kernelFile(),
      initrd: file('initrd.gz', shellArchive()),
      append: 'console=ttyS0',
    };
    const begun = begunWith(request, () => {});
    const interpreting = engine('off');
    const translator = translatorOf(interpreting.interpreter);
    const eagerness = often === undefined ? {} : { often, fewestVisits: 1 };
    const { sent, instructions, slices, otherwise, translations } = together({
      plan: { memoryBytes: 96 * mib, startSeconds: 1_764_000_000, start: begun?.start },
      interpreting: () => interpreting,
      translating: () => ({ ...interpreting, translating: { translator: () => translator, ...eagerness } }),
      typed: commands.map((text, index) => ({ after: (told) => told.split('/ # ').length > index + 1, text: `${text}\n` })),
      slice: 20_000_000n,
    });
    t.diagnostic(`${instructions} instructions in ${slices} slices; ${JSON.stringify(translations)}`);
    assert.equal(otherwise, undefined);
    assert.match(sent, /ready.*Power down/s);
  });

for (const [first, second] of [
  ['off', 'on'],
  ['on', 'off'],
] as const)
  test(`a run that was recorded with the JIT ${first} is had again with it ${second}`, {
    skip: whyNoBusybox(),
    timeout: 900_000,
  }, async () => {
    const request = {
      ...{ kernel: kernelFile(), initrd: file('initrd.gz', shellArchive()), append: 'console=ttyS0' },
      memoryBytes: (128 * mib) as never,
    };
    const record = file(`${first}.isola`);
    const once = await ran({ ...request, jit: first, record }, async ({ input }, sent) => {
      for (const [index, command] of commands.entries()) {
        await until(() => sent().split('/ # ').length > index + 1);
        await input.write(new TextEncoder().encode(`${command}\n`));
      }
    });
    const again = await ran({ ...request, jit: second, replay: record });
    assert.deepEqual(again.sent, once.sent);
    assert.match(again.telling ?? '', /to its end/);
  });
