/** The plain file that a tar stream begins with, written without a tar(1): for one large file, a process less is a third of the time. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Refusal } from '../../environment/index.ts';
import { inWords } from './system-error.ts';

const blockBytes = 512;
const pieceBytes = 256 << 10;

/** A stream taken apart by numbers of bytes; whoever takes what is left takes it from here, too. */
class Bytes implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** What comes next, of at most so many bytes; nothing at the end. */
  async some(most: number): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.next();
      if (done) return this.#rest;
      this.#rest = Buffer.from(value.buffer, value.byteOffset, value.length);
    }
    const taken = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  /** The next block, left where it is. */
  async peek(): Promise<Buffer> {
    const parts: Buffer[] = [];
    let length = 0;
    for (let part = await this.some(blockBytes); part.length > 0; part = await this.some(blockBytes - length)) {
      parts.push(part);
      length += part.length;
      if (length === blockBytes) break;
    }
    this.#rest = Buffer.concat([...parts, this.#rest]);
    return this.#rest.subarray(0, blockBytes);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let piece = await this.some(pieceBytes); piece.length > 0; piece = await this.some(pieceBytes)) yield piece;
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

/** What is left of the archive behind its first file; undefined where that was all. `directory` has nothing of the file's name. */
export const takeFirstFile = async (
  tar: AsyncIterable<Uint8Array>,
  directory: string,
  { keepOwners }: { readonly keepOwners: boolean },
): Promise<AsyncIterable<Uint8Array> | undefined> => {
  const bytes = new Bytes(tar);
  try {
    const found = plainFile(await bytes.peek());
    if (found === undefined) return bytes;
    await bytes.some(blockBytes);
    const path = Buffer.concat([Buffer.from(`${directory}/`), found.name]);
    await using file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    await copy(bytes, file, found.size, directory);
    if (keepOwners) await file.chown(found.uid, found.gid);
    await file.chmod(found.mode & (keepOwners ? 0o7777 : 0o777));
    await file.utimes(found.mtime, found.mtime);
    for (let left = -found.size & (blockBytes - 1); left > 0; ) {
      const { length } = await bytes.some(left);
      if (length === 0) throw cutShort(directory);
      left -= length;
    }
    if ((await bytes.peek()).some((byte) => byte !== 0)) return bytes;
    for await (const _ of bytes);
    return undefined;
  } catch (error) {
    await bytes.close();
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new Refusal('host-command-failed', [`unpacking to ${directory}`, inWords(error)], { cause: error });
  }
};

const copy = async (bytes: Bytes, file: FileHandle, size: number, directory: string): Promise<void> => {
  let [batch, held]: [Buffer[], number] = [[], 0];
  for (let left = size; left > 0; ) {
    const piece = await bytes.some(left);
    if (piece.length === 0) throw cutShort(directory);
    batch.push(piece);
    held += piece.length;
    left -= piece.length;
    if (held < pieceBytes && left > 0) continue;
    await writeAll(file, batch);
    [batch, held] = [[], 0];
  }
};

const writeAll = async (file: FileHandle, batch: readonly Buffer[]): Promise<void> => {
  const { bytesWritten } = await file.writev(batch);
  const whole = batch.reduce((sum, { length }) => sum + length, 0);
  // Short only where there is hardly any room; then the rest says why there is none.
  if (bytesWritten < whole) await file.writeFile(Buffer.concat(batch).subarray(bytesWritten));
};

const cutShort = (directory: string): Refusal =>
  new Refusal('host-command-failed', [`unpacking to ${directory}`, 'the archive ends in the middle']);

interface Plain {
  readonly name: Buffer;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
}

/** What a header says of a file in no further directory, in plain octal digits: tar(5). Of all else tar(1) is to be asked. */
const plainFile = (header: Buffer): Plain | undefined => {
  if (header.length < blockBytes || header[156] !== 0x30 || header[345] !== 0 || header.toString('latin1', 257, 262) !== 'ustar')
    return undefined;
  const name = header.subarray(0, header.indexOf(0) >>> 0 > 100 ? 100 : header.indexOf(0));
  const plain = name.subarray(name.toString('latin1', 0, 2) === './' ? 2 : 0);
  const number = (from: number, to: number): number => {
    const digits = /^ *([0-7]+)[ \0]*$/.exec(header.toString('latin1', from, to))?.[1];
    return digits === undefined ? Number.NaN : Number.parseInt(digits, 8);
  };
  const said = { mode: number(100, 108), uid: number(108, 116), gid: number(116, 124), size: number(124, 136), mtime: number(136, 148) };
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (sum !== number(148, 156) || Object.values(said).some(Number.isNaN)) return undefined;
  return plain.length === 0 || plain.includes('/') || ['.', '..'].includes(plain.toString('latin1')) ? undefined : { ...said, name: plain };
};
