/** Gives a page's files to browsers of this host, disks by pieces. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import type { Disk } from '../../machine/index.ts';
import { listenHere } from '../own-port.ts';
import { piece, type Site } from './site.ts';

/** Of a disk, at once. */
const mostBytes = 8 * 1024 ** 2;

export interface Served {
  readonly url: string;
  /** What is under way is broken off. */
  close(): Promise<void>;
}

/** At this host's loopback. Resolves when it listens; port 0 is any that is free. Throws `port-taken` or `malformed-value`. */
export const serve = async (site: Site, port: number): Promise<Served> => {
  const server = createServer(answering(site));
  await listenHere(server, port, '--page');
  const { port: taken } = server.address() as AddressInfo; // It listens at a port.
  return {
    url: `http://127.0.0.1:${taken}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Answers a browser's requests. */
export const answering =
  (site: Site): RequestListener =>
  (request, response) => {
    try {
      answer(site, request, response);
    } catch (error) {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(error instanceof Error ? error.message : String(error));
    }
  };

/** Others' names may lead to this host, too: a page of theirs then had what is served here. */
const isOwnHost = (host = ''): boolean => /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i.test(host);

const answer = (site: Site, { url = '/', method, headers }: IncomingMessage, response: ServerResponse): void => {
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

export function* piecesOf(disk: Disk): Generator<Uint8Array> {
  for (let at = 0; at < disk.sizeBytes; at += mostBytes) yield piece(disk, at, Math.min(at + mostBytes, disk.sizeBytes));
}

const tagOf = (stamp: string): string => `"${createHash('sha256').update(stamp).digest('base64url')}"`;
