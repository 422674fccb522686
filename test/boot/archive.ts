/** A first root file system for Linux: an archive of cpio's “newc” format, Documentation/driver-api/early-userspace/buffer-format.rst. */
import { gunzipSync, gzipSync } from 'node:zlib';

export interface Entry {
  readonly name: string;
  /** As stat(2) has it, with the kind. */
  readonly mode: number;
  readonly data?: Uint8Array;
  /** Of a device. */
  readonly device?: readonly [major: number, minor: number];
}

export const archiveOf = (entries: readonly Entry[]): Uint8Array =>
  gzipSync(Buffer.concat([...entries, { name: 'TRAILER!!!', mode: 0 }].flatMap((entry, index) => piece(entry, index + 1))));

const piece = ({ name, mode, data = new Uint8Array(), device = [0, 0] }: Entry, inode: number): readonly Buffer[] => {
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, ...device, name.length + 1, 0];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return [padded(Buffer.from(head, 'latin1')), padded(Buffer.from(data))];
};

/** What is in one that is packed by gzip, its directories and links among it. Throws a RangeError where it is none. */
export const entriesOf = (packed: Uint8Array): readonly Entry[] => {
  const bytes = gunzipSync(packed);
  const entries: Entry[] = [];
  for (let at = 0; ; ) {
    const field = (index: number): number => Number.parseInt(bytes.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    if (bytes.toString('latin1', at, at + 6) !== '070701') throw new RangeError(`no head of a file at ${at}`);
    const [mode, dataBytes, nameBytes] = [field(1), field(6), field(11)];
    const name = bytes.toString('utf8', at + headBytes, at + headBytes + nameBytes - 1);
    if (name === 'TRAILER!!!') return entries;
    const data = at + ends(headBytes + nameBytes);
    entries.push({ name, mode, data: bytes.subarray(data, data + dataBytes) });
    at = data + ends(dataBytes);
  }
};

const headBytes = 110;
const ends = (bytes: number): number => Math.ceil(bytes / 4) * 4;

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
