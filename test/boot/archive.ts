/** A first root file system for Linux: an archive of cpio's “newc” format, Documentation/driver-api/early-userspace/buffer-format.rst. */
import { gzipSync } from 'node:zlib';

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

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
