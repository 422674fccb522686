/** Images of disks: held by one computer, or shared by those that only read; on AHCI and virtio; write-protected. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, suite, test } from 'node:test';
import { boot } from '../../src/computer/index.ts';
import { emptyInput } from '../../src/environment/command/empty.ts';
import type { Booted, BootRequest } from '../../src/environment/index.ts';
import { contentOf } from '../disk/qemu.ts';
import { patienceMs } from '../stage/patience.ts';
import { whyNoFirmware } from './firmware.ts';
import { told } from './programs.ts';

/** mov al, dl (the drive that was booted); ror al, 4; out 0xf4, al; jmp $ */
const tellDrive = [0x88, 0xd0, 0xc0, 0xc8, 0x04, 0xe6, 0xf4, 0xeb, 0xfe];
/** INT 13h, function 3: one sector from 7c00h to sector 2; then the status. */
const write = [
  ...[0xb8, 0x01, 0x03, 0xb9, 0x02, 0x00, 0xb6, 0x00, 0x31, 0xdb, 0x8e, 0xc3, 0xbb, 0x00, 0x7c],
  ...[0xcd, 0x13, 0x88, 0xe0, 0xe6, 0xf4, 0xeb, 0xfe],
];
const wait = [0xf4, 0xeb, 0xfd];

suite('images', { skip: whyNoFirmware(), timeout: patienceMs }, () => {
  // One that goes on would keep this process for ever.
  const machines: Booted[] = [];
  afterEach(async () => {
    for (const machine of machines.splice(0)) {
      machine.detach();
      await machine.end;
    }
  });
  const directory = mkdtempSync(join(tmpdir(), 'isola-media-'));
  after(() => rmSync(directory, { recursive: true }));
  const image = (name: string, code: readonly number[]): string => {
    const bytes = new Uint8Array(2 ** 20);
    bytes.set(code);
    bytes.set([0x55, 0xaa], 510);
    writeFileSync(join(directory, name), bytes);
    return join(directory, name);
  };
  const booted = async (request: Partial<BootRequest>): Promise<Booted> => {
    const call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };
    const memoryBytes = (16 * 1024 ** 2) as NonNullable<BootRequest['memoryBytes']>;
    const machine = await boot({ ...(await emptyInput('boot')), memoryBytes, ...request }, call);
    machines.push(machine);
    return machine;
  };
  const status = async (request: Partial<BootRequest>): Promise<number> => (await (await booted(request)).end).code;
  const isHeld = /can't be a disk here: another computer has it, or it is given twice/;

  test('one that a computer writes is its alone until that is off', async () => {
    const path = image('held', wait);
    const first = await booted({ image: path });
    await assert.rejects(status({ image: path }), isHeld);
    await assert.rejects(status({ nvme: [path], readOnly: true }), isHeld);
    first.detach();
    await first.end;
    await booted({ ahci: [path] });
  });

  test('one that all only read is shared, and not to be had for writing', async () => {
    const path = image('shared', wait);
    await booted({ image: path, readOnly: true });
    await booted({ image: path, readOnly: true });
    await assert.rejects(status({ image: path }), isHeld);
  });

  test('one that is given twice is refused', async () => {
    const path = image('twice', wait);
    await assert.rejects(status({ image: path, nvme: [path] }), isHeld);
  });

  test('a write-protected one stays as it is, and says so', async () => {
    const path = image('kept', write);
    const before = readFileSync(path);
    assert.notEqual(await status({ image: path, readOnly: true }), told(0));
    assert.deepEqual(readFileSync(path), before);
  });

  test('one of qcow2 over another is booted and written, and the other stays as it is', async () => {
    const [base, layer] = [image('base', write), join(directory, 'layer')];
    const before = readFileSync(base);
    assert.equal(await status({ image: `${base},overlay=${layer}` }), told(0));
    assert.deepEqual(readFileSync(base), before);
    const bytes = contentOf(layer);
    assert.deepEqual(bytes.subarray(512, 1024), bytes.subarray(0, 512));
    assert.equal(bytes[510], 0x55);
  });

  for (const kind of ['ahci', 'virtio'] as const) {
    test(`on ${kind} one is booted and written`, async () => {
      assert.equal(await status({ [kind]: [image(`${kind} drive`, tellDrive)] }), told(8));
      const path = image(`${kind} written`, write);
      assert.equal(await status({ [kind]: [path] }), told(0));
      const bytes = readFileSync(path);
      assert.deepEqual(bytes.subarray(512, 1024), bytes.subarray(0, 512));
    });
  }
});
