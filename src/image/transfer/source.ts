/** What is to be imported: packed or not, from a file or standard input, as a stream of plain bytes. */
import { spawn } from 'node:child_process';
import { accessSync, constants, createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '../../environment/index.ts';
import { inWords, isMissing, spawnRefusal } from '../../host/index.ts';
import { Damage } from '../../oci/index.ts';
import { asDamage, compressionOf, magicBytes, unpacker } from '../intake/bytes.ts';

/** Bytes of a file; `-` is standard input. Throws `no-such-path` or `path-closed`. */
export const openSource = (path: string): AsyncIterable<Uint8Array> => {
  if (path === '-') return process.stdin;
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw isMissing(error)
      ? new Refusal('no-such-path', [path, 'check the spelling; - is standard input'], { cause: error })
      : new Refusal('path-closed', [path, 'read', inWords(error)], { cause: error });
  }
  return createReadStream(path, { highWaterMark: 256 << 10 });
};

/** The plain bytes, whatever packed them. Throws Damage or Unsupported. */
export async function* unpacked(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { first, all } = await peek(source, magicBytes);
  const compression = compressionOf(first);
  if (compression === 'xz') return yield* unxz(all, signal);
  const stage = unpacker(compression);
  if (stage === undefined) return yield* all;
  const fed = pipeline(Readable.from(all, { objectMode: false }), stage, { signal });
  // Its failure reaches the reader as the stage's own.
  fed.catch(() => {});
  try {
    yield* stage as AsyncIterable<Uint8Array>;
    await fed;
  } catch (error) {
    signal.throwIfAborted();
    throw asDamage(error);
  }
}

/** xz(1): Node has no such decoder. More memory than the strongest usual preset needs is refused. */
async function* unxz(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const child = spawn('xz', ['--decompress', '--stdout', '--memlimit-decompress=1GiB'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint = `${complaint}${text}`.slice(-500);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(spawnRefusal('xz', error)));
    child.once('close', resolve);
  });
  ended.catch(() => {});
  const fed = pipeline(Readable.from(source, { objectMode: false }), child.stdin, { signal });
  // A program that ends early is judged by its status; a source that fails is told of below.
  fed.catch(() => {});
  try {
    yield* child.stdout;
    if ((await ended) !== 0) throw new Damage(`its packed bytes make no sense (${complaint.trim().split('\n').at(-1) ?? 'xz fails'})`);
    await fed;
  } finally {
    child.kill('SIGKILL');
  }
}

/** The first bytes of a stream, and the stream as if nobody had looked. */
const peek = async (
  source: AsyncIterable<Uint8Array>,
  count: number,
): Promise<{ readonly first: Uint8Array; readonly all: AsyncIterable<Uint8Array> }> => {
  const iterator = source[Symbol.asyncIterator]();
  const { seen } = await readUntil(iterator, (bytes) => bytes >= count);
  return { first: Buffer.concat(seen).subarray(0, count), all: replay(seen, iterator) };
};

/** Reads pieces until `enough` says so of their bytes together, or the stream ends. */
export const readUntil = async (
  iterator: AsyncIterator<Uint8Array>,
  enough: (bytes: number, piece: Uint8Array) => boolean,
): Promise<{ readonly seen: readonly Uint8Array[] }> => {
  const seen: Uint8Array[] = [];
  for (let bytes = 0; ; ) {
    const { value, done } = await iterator.next();
    if (done === true) return { seen };
    seen.push(value);
    bytes += value.length;
    if (enough(bytes, value)) return { seen };
  }
};

/** What was read, then the rest. */
export async function* replay(seen: readonly Uint8Array[], iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* seen;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}
