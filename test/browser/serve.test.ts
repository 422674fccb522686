/** The server of the page: only what was given, only by this host's names, and disks by pieces. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { page } from '../../src/computer/page/index.ts';
import { serve } from '../../src/computer/page/server.ts';
import { MemoryDisk } from '../../src/devices/stage/index.ts';
import { Refusal } from '../../src/environment/index.ts';
import { whyNoFirmware } from '../boot/firmware.ts';
import { requested } from './stage.ts';

interface Got {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
}

const disk = new MemoryDisk(4096);
disk.bytes.set(Uint8Array.from({ length: 4096 }, (_, at) => (at >> 4) & 0xff));
let stamp = 'as it was';
const site = new Map([
  ['index.html', { type: 'text/html', read: () => Buffer.from('a page') }],
  ['files/disk0-a#b.img', { type: 'application/octet-stream', read: () => disk.bytes, disk, stamp: () => stamp }],
]);
const address = '/files/disk0-a%23b.img';

suite('the server of the page', () => {
  const asked = async (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Got> => {
    const { url, close } = await serve(site, 0);
    const { port } = new URL(url);
    const { promise, resolve, reject } = Promise.withResolvers<Got>();
    // fetch would mend such paths.
    const asking = request({ host: '127.0.0.1', port, path, headers: { connection: 'close', ...headers } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(parts) }));
    });
    asking.on('error', reject);
    asking.end();
    return await promise.finally(close);
  };

  test('has what was given, and nothing else', async () => {
    assert.equal((await asked('/')).bytes.toString(), 'a page');
    for (const path of ['/../package.json', '/files/..%2f..%2fetc%2fpasswd', '/files', '/%', '//etc/passwd', '/files/disk0-a'])
      assert.equal((await asked(path)).status, 404, path);
  });

  test('answers to this host’s own names alone, so that no page of others reads it by a name that leads here', async () => {
    assert.equal((await asked('/', { host: 'localhost:1234' })).status, 200);
    assert.equal((await asked('/', { host: 'example.org' })).status, 404);
  });

  test('gives a disk by pieces, and whole where that is asked for', async () => {
    const { status, headers, bytes } = await asked(address, { range: 'bytes=100-1599' });
    assert.deepEqual([status, headers['content-range'], bytes], [206, 'bytes 100-1599/4096', Buffer.from(disk.bytes.subarray(100, 1600))]);
    assert.equal((await asked(address, { range: 'bytes=4000-9999' })).headers['content-range'], 'bytes 4000-4095/4096');
    for (const range of ['bytes=4096-4100', 'bytes=9-8']) assert.equal((await asked(address, { range })).status, 416, range);
    assert.deepEqual((await asked(address)).bytes, Buffer.from(disk.bytes));
  });

  test('tells a disk that was changed from what it was', async () => {
    const before = (await asked(address)).headers['etag'];
    stamp = 'otherwise';
    assert.notEqual((await asked(address)).headers['etag'], before);
  });
});

suite('a page that is asked for', () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-page-'));
  after(() => rmSync(place, { recursive: true }));
  const floppy = join(place, 'dos.img');
  writeFileSync(floppy, new Uint8Array(1440 * 1024).fill(7));
  const asked = async (...words: readonly string[]) =>
    page(await requested(...words), { signal: new AbortController().signal, progress: () => {}, say: () => {} });

  for (const [what, words, sentence] of [
    ['a kernel that isn’t there', ['--page', '0', '--kernel', join(place, 'none')], /^there is no .*\/none$/],
    ['what is asked of a computer here', ['--page', '0', floppy, '--gdb', '1234'], /^--gdb is for a computer that runs here/],
    ['more diskettes than drives', ['--page', '0', floppy, '--floppy', floppy, '--floppy', floppy], /^this computer has 2 diskette drives/],
    ['memory that no computer has', ['--page', '0', floppy, '--memory', '1M'], /^--memory can't be "1048576 bytes"$/],
    ['an overlay that isn’t there', ['--page', '0', `${floppy},overlay=${place}/new`], /^there is no .*\/new$/],
  ] as const)
    test(`is refused for ${what}, before anything is served`, async () => {
      await assert.rejects(asked(...words), (error) => error instanceof Refusal && sentence.test(error.message));
    });

  test('lies in a directory’s files, for any web server, disks whole', { skip: whyNoFirmware() }, async () => {
    const directory = join(place, 'public');
    const { place: where } = await asked('--page', directory, floppy);
    assert.deepEqual(where, { directory });
    const offer = JSON.parse(readFileSync(join(directory, 'machine.json'), 'utf8'));
    assert.deepEqual([offer.floppies, offer.memoryBytes], [['files/floppy0-dos.img'], 512 * 1024 ** 2]);
    assert.deepEqual(readFileSync(join(directory, 'files/floppy0-dos.img')), readFileSync(floppy));
    for (const name of ['index.html', 'page.js', 'worker.js', offer.interpreter])
      assert.ok(readFileSync(join(directory, name)).length > 1000);
  });

  test('has a port that is taken refused', { skip: whyNoFirmware() }, async () => {
    await using first = await asked('--page', '0', floppy);
    const { port } = new URL('url' in first.place ? first.place.url : '');
    await assert.rejects(
      asked('--page', port, floppy),
      (error) => error instanceof Refusal && error.message.startsWith(`port ${port} is taken`),
    );
  });
});
