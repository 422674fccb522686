/**
 * Debian’s kernel to a shell that is typed at, recorded and replayed twice: `tools/node --test test/record/linux.long.ts`. Last result, 26 November 2026: equal, 5,604 bytes of
 * recording, 53 s of processor time in all.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { BootRequest } from '../../src/environment/index.ts';
import { shellArchive, whyNoBusybox } from '../boot/shell.ts';
import { kernelFile } from '../oracle/kernel.ts';
import { mib, place, ran, until } from './stage.ts';

const file = place();

test('Linux does the same again, which is typed at, draws random numbers and writes to its disk', {
  skip: whyNoBusybox(),
  timeout: 900_000,
}, async () => {
  const disk = Buffer.alloc(mib, 'a disk of isola; ');
  const request: Partial<BootRequest> = {
    ...{ kernel: kernelFile(), initrd: file('initrd.gz', shellArchive()), append: 'console=ttyS0', nvme: [file('nvme.img', disk)] },
    memoryBytes: (128 * mib) as NonNullable<BootRequest['memoryBytes']>,
  };
  const record = file('linux.isola');
  const commands = [
    'head -c 16 /dev/nvme0n1; echo',
    'head -c 8 /dev/urandom | hexdump -C; date; cat /proc/uptime /proc/interrupts',
    'echo written | dd of=/dev/nvme0n1 bs=512 seek=1 conv=fsync; head -c 519 /dev/nvme0n1 | tail -c 7; sleep 1',
    'poweroff -f',
  ];
  const first = await ran({ ...request, record }, async ({ input }, sent) => {
    for (const [index, command] of commands.entries()) {
      await until(() => sent().split('/ # ').length > index + 1);
      await input.write(new TextEncoder().encode(`${command}\n`));
    }
  });
  assert.match(first.sent.toString('latin1'), /a disk of isola;.*written/s);
  assert.deepEqual(readFileSync(file('nvme.img')), disk);
  for (let time = 0; time < 2; time++) {
    const again = await ran({ ...request, replay: record });
    assert.deepEqual(again.sent, first.sent);
    assert.match(again.telling ?? '', /to its end/);
  }
  assert.deepEqual(readFileSync(file('nvme.img')), disk);
  console.log(`${readFileSync(record).length} bytes of recording`);
});
