/**
 * A PC in a browser tab: `tools/node examples/browser/serve.ts`, then open what it says. It serves this host's loopback alone.
 *
 *     --kernel FILE [--initrd FILE] [--append TEXT]     a kernel to begin with
 *     --disk FILE, --ahci, --nvme, --virtio, --floppy   each as often as there are drives; what the guest writes stays in the browser
 *     --cdrom FILE
 *     --restore FILE                                    a snapshot to go on from: the order save of isola boot --control wrote it
 *     --memory MIB                                      256
 *     --port PORT                                       8080
 *     --to DIRECTORY                                    writes the page there instead: any server of files will do
 */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import type { Disk } from '../../src/machine/index.ts';
import { type Content, piece, siteOf } from './site.ts';

/** Of a disk, at once. */
const mostBytes = 8 * 1024 ** 2;

/** Resolves when it listens; port 0 is any that is free. */
export const serve = async (site: ReadonlyMap<string, Content>, port: number): Promise<Server> => {
  const server = createServer((request, response) => {
    try {
      answer(site, request, response);
    } catch (error) {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(error instanceof Error ? error.message : String(error));
    }
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', resolve);
  await promise;
  return server;
};

/** Others' names may lead to this host, too: a page of theirs then had what is served here. */
const isOwnHost = (host = ''): boolean => /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i.test(host);

const answer = (site: ReadonlyMap<string, Content>, { url = '/', method, headers }: IncomingMessage, response: ServerResponse): void => {
  const content = isOwnHost(headers.host) ? site.get(addressIn(url)) : undefined;
  if (content === undefined || (method !== 'GET' && method !== 'HEAD')) {
    response.writeHead(content === undefined ? 404 : 405).end();
    return;
  }
  const fields = { 'content-type': content.type, 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' };
  const { disk, stamp } = content;
  if (disk === undefined) {
    response.writeHead(200, { ...fields, 'cache-control': 'no-cache' });
    response.end(method === 'HEAD' ? undefined : content.read());
    return;
  }
  // The page has a store of its own for these.
  const kept = { ...fields, 'cache-control': 'no-store', 'accept-ranges': 'bytes', ...(stamp && { etag: tagOf(stamp()) }) };
  const { sizeBytes } = disk;
  const [, first = '', last = ''] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(headers.range ?? '') ?? [];
  if (first === '') {
    response.writeHead(200, { ...kept, 'content-length': sizeBytes });
    if (method === 'HEAD') response.end();
    else pipeline(Readable.from(piecesOf(disk)), response, () => {});
    return;
  }
  const begin = Number(first);
  const end = Math.min(last === '' ? sizeBytes : Number(last) + 1, sizeBytes, begin + mostBytes);
  if (begin >= end) {
    response.writeHead(416, { ...kept, 'content-range': `bytes */${sizeBytes}` }).end();
    return;
  }
  const bytes = piece(disk, begin, end);
  response.writeHead(206, { ...kept, 'content-range': `bytes ${begin}-${end - 1}/${sizeBytes}`, 'content-length': bytes.length });
  response.end(method === 'HEAD' ? undefined : bytes);
};

/** Where it is none that can be: of nothing. */
const addressIn = (url: string): string => {
  try {
    return decodeURIComponent(url.split('?')[0] ?? '').slice(1) || 'index.html';
  } catch {
    return '';
  }
};

function* piecesOf(disk: Disk): Generator<Uint8Array> {
  for (let at = 0; at < disk.sizeBytes; at += mostBytes) yield piece(disk, at, Math.min(at + mostBytes, disk.sizeBytes));
}

const tagOf = (stamp: string): string => `"${createHash('sha256').update(stamp).digest('base64url')}"`;

const write = (site: ReadonlyMap<string, Content>, directory: string): void => {
  for (const [address, content] of site) {
    mkdirSync(dirname(join(directory, address)), { recursive: true });
    const { disk } = content;
    writeFileSync(join(directory, address), disk === undefined ? content.read() : '');
    for (const bytes of disk === undefined ? [] : piecesOf(disk)) appendFileSync(join(directory, address), bytes);
  }
};

const main = async (): Promise<void> => {
  const text = { type: 'string' } as const;
  const several = { type: 'string', multiple: true } as const;
  const { values } = parseArgs({
    options: {
      ...{ kernel: text, initrd: text, append: text, restore: text, cdrom: text },
      ...{ disk: several, ahci: several, nvme: several, virtio: several, floppy: several },
      ...{ memory: { ...text, default: '256' }, port: { ...text, default: '8080' }, to: text },
    },
  });
  const [memory, port] = [Number(values.memory), Number(values.port)];
  if (!Number.isInteger(memory) || memory < 2 || memory > 3584) throw new Error(`--memory ${values.memory} is not 2 to 3584 MiB`);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`--port ${values.port} is not 1 to 65535`);
  const site = siteOf({ ...values, memoryBytes: memory * 1024 ** 2 });
  if (values.to !== undefined) {
    write(site, values.to);
    return;
  }
  await serve(site, port);
  console.log(`http://127.0.0.1:${port}/`);
};

if (import.meta.main)
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  });
