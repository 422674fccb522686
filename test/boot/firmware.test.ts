/** What SeaBIOS starts: sectors made here, on each kind of medium, that tell by the debug-exit port how they were reached. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, suite, test } from 'node:test';
import { boot } from '../../src/computer/index.ts';
import { emptyInput } from '../../src/environment/command/empty.ts';
import type { Booted, BootRequest } from '../../src/environment/index.ts';
import { patienceMs } from '../stage/patience.ts';
import { whyNoFirmware } from './firmware.ts';

const sectorBytes = 512;
/** mov al, dl (the drive that was booted); ror al, 4; out 0xf4, al; jmp $ */
const tellDrive = [0x88, 0xd0, 0xc0, 0xc8, 0x04, 0xe6, 0xf4, 0xeb, 0xfe];
const [fromFloppy, fromDisk] = [1, 17];
const sector = (code: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(sectorBytes);
  bytes.set(code);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
};

suite('SeaBIOS starts', { skip: whyNoFirmware(), timeout: patienceMs }, () => {
  // One that goes on would keep this process for ever.
  const machines: Booted[] = [];
  afterEach(() => {
    for (const machine of machines.splice(0)) machine.detach();
  });
  const directory = mkdtempSync(join(tmpdir(), 'isola-boot-'));
  after(() => rmSync(directory, { recursive: true }));
  const file = (name: string, begin: Uint8Array, sizeBytes: number): string => {
    const bytes = new Uint8Array(sizeBytes);
    bytes.set(begin);
    writeFileSync(join(directory, name), bytes);
    return join(directory, name);
  };
  const booted = async (request: Partial<BootRequest>): Promise<Booted> => {
    const call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };
    const machine = await boot(
      { ...(await emptyInput('boot')), memoryBytes: (16 * 1024 ** 2) as NonNullable<BootRequest['memoryBytes']>, ...request },
      call,
    );
    machines.push(machine);
    return machine;
  };
  const status = async (request: Partial<BootRequest>): Promise<number> => (await (await booted(request)).end).code;

  test('a hard disk as drive 80h', async () => {
    assert.equal(await status({ image: file('disk.img', sector(tellDrive), 2 ** 20) }), fromDisk);
  });

  test('a diskette as drive 0', async () => {
    assert.equal(await status({ image: file('floppy.img', sector(tellDrive), 1440 * 1024) }), fromFloppy);
  });

  test('a disk on NVMe', async () => {
    assert.equal(await status({ nvme: [file('nvme.img', sector(tellDrive), 2 ** 20)] }), fromDisk);
  });

  test('a sector that writes to its disk, which has it afterwards', async () => {
    // INT 13h, function 3: one sector from 7c00h to sector 2; then the status.
    const write = [
      ...[0xb8, 0x01, 0x03, 0xb9, 0x02, 0x00, 0xb6, 0x00, 0x31, 0xdb, 0x8e, 0xc3, 0xbb, 0x00, 0x7c],
      ...[0xcd, 0x13, 0x88, 0xe0, 0xe6, 0xf4, 0xeb, 0xfe],
    ];
    const path = file('written.img', sector(write), 2 ** 20);
    assert.equal(await status({ image: path }), 1);
    const bytes = readFileSync(path);
    assert.deepEqual(bytes.subarray(512, 1024), bytes.subarray(0, 512));
  });

  test('a sector that speaks on the serial line and is spoken to', async () => {
    // Wait for a byte on COM1, send it back increased by 1, end with it.
    const echo = [
      ...[0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xfb, 0xba, 0xf8, 0x03, 0xec],
      ...[0xfe, 0xc0, 0xee, 0xe6, 0xf4, 0xeb, 0xfe],
    ];
    const machine = await booted({ image: file('echo.img', sector(echo), 2 ** 20) });
    await machine.input.write(Uint8Array.of(0x41));
    const seen: number[] = [];
    for await (const bytes of machine.output) seen.push(...bytes);
    assert.deepEqual([seen, (await machine.end).code], [[0x42], ((0x42 << 1) | 1) & 0xff]);
  });

  test('nothing where there is nothing, and a computer that is left is off', async () => {
    const machine = await booted({});
    setTimeout(() => machine.detach(), 1000);
    assert.deepEqual(await machine.end, { code: 0, telling: undefined });
  });
});
