/** A tar stream of one plain file, without a tar(1): its pipe would cost as much as all else that isola does with the bytes. */
import { type FileHandle, open } from 'node:fs/promises';
import { Refusal } from '../../environment/index.ts';

const blockBytes = 512;
const pieceBytes = 256 << 10;
/** What the header's fields have room for: tar(5), "POSIX ustar Archives". */
const most = { name: 100, size: 8 ** 11 - 1, id: 8 ** 7 - 1, time: 8 ** 11 - 1 } as const;

interface Wording {
  /** The name it gets. */
  readonly as: string;
  readonly keepOwners: boolean;
}

/** undefined where the header has no room for what there is to say. */
export const fileHeader = (
  { mode, uid, gid, size, mtimeMs }: { readonly mode: number; uid: number; gid: number; size: number; mtimeMs: number },
  { as, keepOwners }: Wording,
): Buffer | undefined => {
  const [owner, group] = keepOwners ? [uid, gid] : [0, 0];
  const time = Math.floor(mtimeMs / 1000);
  if (Buffer.byteLength(as) > most.name || size > most.size || Math.max(owner, group) > most.id || time < 0 || time > most.time)
    return undefined;
  const header = Buffer.alloc(blockBytes);
  const number = (value: number, at: number, digits: number): number => header.write(value.toString(8).padStart(digits, '0'), at);
  header.write(as);
  number(mode & 0o7777, 100, 7);
  number(owner, 108, 7);
  number(group, 116, 7);
  number(size, 124, 11);
  number(time, 136, 11);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  number(sum, 148, 6);
  header.write('\0 ', 154);
  return header;
};

/** `size` bytes of the file behind its header, and the archive's end. Throws `host-command-failed` where it has become shorter. */
export async function* tarOfFile(path: string, header: Buffer, size: number): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    yield header;
    yield* contents(file, path, size);
    yield Buffer.alloc(-size & (blockBytes - 1));
    yield Buffer.alloc(2 * blockBytes);
  } finally {
    await file.close();
  }
}

/** The next piece is read while one is on its way. */
async function* contents(file: FileHandle, path: string, size: number): AsyncGenerator<Uint8Array> {
  const readSome = (most: number): Promise<Uint8Array> => {
    const reading = file
      .read(Buffer.allocUnsafeSlow(Math.min(pieceBytes, most)))
      .then(({ buffer, bytesRead }) => buffer.subarray(0, bytesRead));
    // Whoever wants no more is told nothing.
    reading.catch(() => {});
    return reading;
  };
  let next = readSome(size);
  for (let left = size; left > 0; ) {
    const piece = await next;
    if (piece.length === 0) throw new Refusal('host-command-failed', [`packing ${path}`, `it has become ${left} bytes shorter meanwhile`]);
    left -= piece.length;
    next = readSome(left);
    yield piece;
  }
}
