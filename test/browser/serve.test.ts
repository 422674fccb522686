/** The server of the page: only what was given, only by this host's names, and disks by pieces. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { serve } from '../../examples/browser/serve.ts';
import { MemoryDisk } from '../../src/devices/stage/index.ts';

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
    await using server = await serve(site, 0);
    const { port } = server.address() as AddressInfo;
    const { promise, resolve, reject } = Promise.withResolvers<Got>();
    // fetch would mend such paths.
    const asking = request({ host: '127.0.0.1', port, path, headers: { connection: 'close', ...headers } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(parts) }));
    });
    asking.on('error', reject);
    asking.end();
    return await promise;
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
