/** What is packed in a kernel begins at once, however it was packed; what can't be unpacked here, the kernel unpacks. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { boot } from '../../src/computer/index.ts';
import { emptyInput } from '../../src/environment/command/empty.ts';
import type { BootRequest } from '../../src/environment/index.ts';
import { patienceMs } from '../stage/patience.ts';
import { bzImageOf, double, elfOf, only, tellStatus, told } from './programs.ts';

/** mov ecx, [esi + command line]; mov al, [ecx]; out 0xf4, al; jmp $: the same in 32 and 64 bits. */
const tellCommandLine = [0x8b, 0x8e, ...double(0x228), 0x8a, 0x01, 0xe6, 0xf4, 0xeb, 0xfe];
const itself = 5;
const at = 0x20_0000;

const by =
  (program: string, ...args: readonly string[]) =>
  (bytes: Uint8Array): Uint8Array => {
    const { status, stdout, error } = spawnSync(program, args, { input: bytes });
    assert.equal(status, 0, `${program}: ${error}`);
    return stdout;
  };
/** As Linux packs: scripts/Makefile.lib. */
const packers: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: gzipSync,
  zstd: zstdCompressSync,
  xz: by('xz', '--check=crc32', '--lzma2=dict=1MiB', '--stdout'),
  lzma: by('xz', '--format=lzma', '-9', '--stdout'),
  lz4: by('lz4', '-l', '-9', '-'),
  bzip2: by('bzip2', '-9'),
  lzo: by('lzop', '-9'),
};

suite('a packed kernel', { timeout: patienceMs }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-packed-'));
  after(() => rmSync(directory, { recursive: true }));
  const said: string[] = [];
  const status = async (bytes: Uint8Array, request: Partial<BootRequest> = {}): Promise<number> => {
    const kernel = join(directory, 'kernel');
    writeFileSync(kernel, bytes);
    const call = { signal: new AbortController().signal, progress: () => {}, say: (sentence: string) => void said.push(sentence) };
    const machine = await boot({ ...(await emptyInput('boot')), kernel, ...request }, call);
    return (await machine.end).code;
  };
  /** With its size behind it, but where the packing has that. */
  const payload = (name: string, image: Uint8Array): Uint8Array => {
    const packed = packers[name]?.(image) ?? assert.fail(name);
    return name === 'gzip' ? packed : Buffer.concat([packed, Uint8Array.from(double(image.length))]);
  };
  /** Not all zeros or the like, so that packers have something to do. */
  const image = (bits: 32 | 64): Uint8Array =>
    elfOf({ bits, at, code: [...only(bits, tellCommandLine), ...Array.from({ length: 9000 }, (_, index) => (index * index) & 0xff)] });

  for (const name of Object.keys(packers))
    test(`by ${name}`, async () => {
      for (const bits of [32, 64] as const)
        assert.equal(await status(bzImageOf(tellStatus(itself), payload(name, image(bits))), { append: 'A' }), told(0x41), `${bits} bits`);
    });

  test('whole files are unpacked in the same ways', async () => {
    for (const [name, pack] of Object.entries(packers))
      assert.equal(await status(pack(bzImageOf(tellStatus(itself), new Uint8Array(0)))), told(itself), name);
  });

  test('unpacks itself where what is packed is damaged, is no program, or would lie where a PC’s own places are', async () => {
    const whole = payload('xz', image(64));
    const low = elfOf({ bits: 64, at: 0x9_0000, code: tellStatus(1) });
    const none = elfOf({ bits: 64, at, code: tellStatus(1) });
    // Its one segment is a note now.
    none[64] = 4;
    for (const packed of [
      payload('gzip', none),
      whole.with(20, 0xff),
      whole.subarray(0, -40),
      payload('lz4', Buffer.alloc(9000, 'text')),
      payload('gzip', low),
    ])
      assert.equal(await status(bzImageOf(tellStatus(itself), packed)), told(itself));
    assert.deepEqual(said, []);
  });

  test('unpacks itself where the host lacks the program, and says which package has it', async (t) => {
    const path = process.env['PATH'];
    t.after(() => {
      process.env['PATH'] = path;
    });
    const packed = payload('lz4', image(64));
    process.env['PATH'] = directory;
    assert.equal(await status(bzImageOf(tellStatus(itself), packed)), told(itself));
    assert.match(said.join(), /the Debian package lz4 would/);
    const file = join(directory, 'kernel.lz4');
    writeFileSync(file, packed);
    await assert.rejects(status(packed), /lz4/);
  });
});
