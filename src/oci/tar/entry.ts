/** What a tar archive is made of, as far as images use it: POSIX pax (IEEE 1003.1, pax, "ustar Interchange Format"), GNU and star. */

/**
 * A text whose characters are bytes, 0 … 255. Names in an archive are bytes of whatever encoding, and so they stay until a
 * file system takes them.
 */
export type ByteText = string;

export const kinds = ['file', 'hardlink', 'symlink', 'character', 'block', 'directory', 'fifo'] as const;
export type Kind = (typeof kinds)[number];

export interface TarEntry {
  readonly kind: Kind;
  readonly name: ByteText;
  /** Target of a link; empty for all else. */
  readonly linkName: ByteText;
  /** Permissions with setuid, setgid and sticky: 0 … 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow; 0 unless it is a file. */
  readonly size: number;
  /** Seconds since 1970; may be negative and fractional. */
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
  /** Extended attributes by their full names (`security.capability`). */
  readonly xattrs: ReadonlyMap<ByteText, Uint8Array>;
}

export const blockBytes = 512;
/** Most bytes of a pax header or a GNU long name; archive/tar of Go, which made nearly all images, has the same. */
export const extendedMost = 1 << 20;

/** Type flags, header byte 156. `7` is a contiguous file, which nobody tells from a file any more. */
export const flags: Readonly<Record<string, Kind>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
};

/** Where the fields of a header are: [offset, length]. `prefix` of star ends where its two times begin. */
export const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  flag: [156, 1],
  linkName: [157, 100],
  magic: [257, 6],
  version: [263, 2],
  major: [329, 8],
  minor: [337, 8],
  prefix: [345, 155],
  starPrefix: [345, 131],
  starTrailer: [508, 4],
} as const satisfies Record<string, readonly [number, number]>;
export type Field = keyof typeof fields;

/** Bytes as a text of bytes. */
export const byteText = (bytes: Uint8Array): ByteText => {
  let text = '';
  for (let start = 0; start < bytes.length; start += 4096) text += String.fromCharCode(...bytes.subarray(start, start + 4096));
  return text;
};

/** The bytes a text of bytes stands for. */
export const bytesOf = (text: ByteText): Uint8Array => {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
};
