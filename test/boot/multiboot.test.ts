/** What begins by Multiboot is told by whom it was loaded, its modules and its command line; a Linux kernel of Debian's begins its own way. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { boot } from '../../src/computer/index.ts';
import { emptyInput } from '../../src/environment/command/empty.ts';
import type { Booted, BootRequest } from '../../src/environment/index.ts';
import { patienceMs } from '../stage/patience.ts';

const usualAt = 0x10_0000;
const double = (value: number): readonly number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

/** A program whose header says where it goes; `flags` beside that. */
const programOf = (code: readonly number[], flags = 3, at = usualAt): Uint8Array => {
  const all = flags | 0x1_0000;
  const header = [0x1bad_b002, all, -(0x1bad_b002 + all) >>> 0, at, at, 0, 0, at + 0x20].flatMap(double);
  return Uint8Array.from([...header, ...code]);
};
/** cmp eax, 2BADB002h; jne to `jmp $` behind what follows; then that. */
const checked = (code: readonly number[]): readonly number[] => [0x3d, ...double(0x2bad_b002), 0x75, code.length, ...code, 0xeb, 0xfe];
/** mov ecx, [ebx + offset]; mov ecx, [ecx] (of modules: where the first begins); mov al, [ecx]; out 0xf4, al */
const tell = [0x8b, 0x4b, 24, 0x8b, 0x09, 0x8a, 0x01, 0xe6, 0xf4];
/** mov ecx, [ebx + 16]; mov al, [ecx + 1]; out 0xf4, al */
const tellCommandLine = [0x8b, 0x4b, 16, 0x8a, 0x41, 1, 0xe6, 0xf4];

suite('a program for Multiboot', { timeout: patienceMs }, () => {
  // One that goes on would keep this process for ever.
  const machines: Booted[] = [];
  afterEach(() => {
    for (const machine of machines.splice(0)) machine.detach();
  });
  const directory = mkdtempSync(join(tmpdir(), 'isola-multiboot-'));
  after(() => rmSync(directory, { recursive: true }));
  const file = (name: string, content: Uint8Array | string): string => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };
  const status = async (request: Partial<BootRequest>): Promise<number> => {
    const machine = await boot({ ...(await emptyInput('boot')), ...request }, call);
    machines.push(machine);
    return (await machine.end).code;
  };

  test('finds its first module', async () => {
    const kernel = file('module', programOf(checked(tell)));
    assert.equal(await status({ kernel, initrd: file('first', ' module'), module: [file('second', 'x')] }), 0x20 * 2 + 1);
    assert.equal(await status({ kernel, module: [file('third', '!')] }), 0x21 * 2 + 1);
  });

  test('finds its command line, also where it was compressed', async () => {
    const kernel = file('line.gz', gzipSync(programOf(checked(tellCommandLine))));
    assert.equal(await status({ kernel, append: 'a!' }), 0x21 * 2 + 1);
    // In UTF-8, as all of a command line is.
    assert.equal(await status({ kernel, append: 'ä' }), (0xa4 * 2 + 1) & 0xff);
  });

  test('is told beside itself, also where it lies where that is usual', async () => {
    const at = 0x9000;
    const program = programOf([...checked(tellCommandLine), ...new Array<number>(0x6000).fill(0x90)], 3, at);
    assert.equal(await status({ kernel: file('low', program), append: 'a!' }), 0x21 * 2 + 1);
  });

  test('is refused where it wants more than there is, or ends too soon', async () => {
    const more = file('more', programOf([], 0x40));
    await assert.rejects(status({ kernel: more }), /it wants of Multiboot what this loader doesn’t have/);
    const elf = file('elf', Uint8Array.from([0x1bad_b002, 3, -(0x1bad_b002 + 3) >>> 0, ...new Array<number>(20).fill(0)].flatMap(double)));
    await assert.rejects(status({ kernel: elf }), /it ends before its code does/);
    const nowhere = file('nowhere', programOf([], 3, 0xb_0000));
    await assert.rejects(status({ kernel: nowhere }), /it wants to be at 0xb0000, where there is no memory for it/);
    const broken = file('broken.gz', gzipSync(programOf([])).subarray(0, 20));
    await assert.rejects(status({ kernel: broken }), /it begins as gzip does and can't be unpacked/);
  });

  test('is refused where its memory is too small for its module', async () => {
    const [kernel, module] = [file('small', programOf(checked(tell))), file('large', new Uint8Array(4 * 1024 ** 2))];
    const memoryBytes = (4 * 1024 ** 2) as NonNullable<BootRequest['memoryBytes']>;
    await assert.rejects(status({ kernel, module: [module], memoryBytes }), /it wants 6 MiB of memory/);
  });
});
