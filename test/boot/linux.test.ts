/** Debian's kernel for clouds, as it is, on the PC: to a shell, to its disks, and off. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { boot } from '../../src/computer/index.ts';
import { emptyInput } from '../../src/environment/command/empty.ts';
import { kernelFile } from '../oracle/kernel.ts';
import { patienceMs } from '../stage/patience.ts';
import { shellArchive, whyNoBusybox } from './shell.ts';

const skip = whyNoBusybox();
/** The shell asks the terminal where its cursor is: ECMA-48, DSR. */
const whereIsIt = '\u001b[6n';

suite('Debian’s kernel', { skip, timeout: patienceMs }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-linux-'));
  after(() => rmSync(place, { recursive: true }));
  const file = (name: string, content: Uint8Array): string => {
    writeFileSync(join(place, name), content);
    return join(place, name);
  };

  test('runs a shell that is spoken to, reads and writes its disks, and switches itself off', async (t) => {
    const initrd = file('initrd.gz', shellArchive());
    const disk = Buffer.alloc(2 ** 20, 'a disk of isola; ');
    const nvme = file('nvme.img', disk);
    const call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };
    const request = { kernel: kernelFile(), initrd, append: 'console=ttyS0 quiet', nvme: [nvme] };
    const machine = await boot({ ...(await emptyInput('boot')), ...request }, call);
    t.after(() => machine.detach());
    const say = (line: string): Promise<void> => machine.input.write(new TextEncoder().encode(`${line}\n`));
    const steps: readonly (readonly [seen: RegExp, then: string])[] = [
      [/Linux x86_64 up[\s\S]*# $/, 'head -c 16 /dev/nvme0n1; echo'],
      [/a disk of isola;[\s\S]*# $/, 'echo written here | dd of=/dev/nvme0n1 bs=512 seek=1 conv=fsync 2>/dev/null; echo $((6 * 7)) done'],
      [/42 done[\s\S]*# $/, 'poweroff -f'],
    ];
    let [text, step] = ['', 0];
    for await (const bytes of machine.output) {
      text = (text + Buffer.from(bytes).toString('latin1')).replaceAll(whereIsIt, '');
      const next = steps[step];
      if (next === undefined || !next[0].test(text)) continue;
      step++;
      await say(next[1]);
    }
    assert.deepEqual(await machine.end, { code: 0, telling: undefined }, text);
    assert.equal(step, steps.length, text);
    assert.equal(readFileSync(nvme).subarray(512, 524).toString('latin1'), 'written here');
  });
});
