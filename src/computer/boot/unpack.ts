/** What is packed, as kernels are, is unpacked on the host: that takes it a tenth of the time it takes a computer that is interpreted. */
import { spawnSync } from 'node:child_process';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { inWords, servantEnvironment } from '../../host/index.ts';
import { packageOf } from '../../host/program/programs.ts';

/** Of what was unpacked; more is no kernel. */
const mostBytes = 1024 ** 3;

interface Packing {
  readonly name: string;
  /** How it begins. */
  readonly mark: readonly number[];
  /** A program that unpacks its standard input, or what Node has. */
  readonly by: readonly [program: string, ...args: string[]] | ((packed: Uint8Array) => Uint8Array);
}

const marked = (text: string): readonly number[] => [...text].map((letter) => letter.charCodeAt(0));
const xz = (format: string): Packing['by'] => ['xz', '--decompress', '--stdout', `--format=${format}`, '--memlimit-decompress=1GiB'];

/** Those of Linux: scripts/Makefile.lib, "Compression". Its .lzma has these properties and a dictionary of whole mebibytes. */
const packings: readonly Packing[] = [
  { name: 'gzip', mark: [0x1f, 0x8b], by: (packed) => gunzipSync(packed, { maxOutputLength: mostBytes }) },
  { name: 'zstd', mark: [0x28, 0xb5, 0x2f, 0xfd], by: (packed) => zstdDecompressSync(packed, { maxOutputLength: mostBytes }) },
  { name: 'xz', mark: marked('\xfd7zXZ\0'), by: xz('xz') },
  { name: 'lzma', mark: [0x5d, 0, 0], by: xz('lzma') },
  { name: 'lz4', mark: [0x02, 0x21, 0x4c, 0x18], by: ['lz4', '-dc'] },
  { name: 'lz4', mark: [0x04, 0x22, 0x4d, 0x18], by: ['lz4', '-dc'] },
  { name: 'bzip2', mark: marked('BZh'), by: ['bzip2', '-dc'] },
  { name: 'lzo', mark: marked('\x89LZO\0\r\n\x1a\n'), by: ['lzop', '-dc'] },
];

/** Why it can't be unpacked. */
export interface Packed {
  readonly name: string;
  readonly why: string;
  /** The Debian package that would do it. */
  readonly lacks: string | undefined;
}

/** Undefined where it isn't packed by what is known here. */
export const unpack = (packed: Uint8Array): Uint8Array | Packed | undefined => {
  const packing = packings.find(({ mark }) => mark.every((byte, index) => packed[index] === byte));
  if (packing === undefined) return undefined;
  const { name, by } = packing;
  if (typeof by !== 'function') return byProgram(packed, name, by);
  try {
    return by(packed);
  } catch (error) {
    return { name, why: inWords(error), lacks: undefined };
  }
};

const byProgram = (packed: Uint8Array, name: string, [program, ...args]: readonly [string, ...string[]]): Uint8Array | Packed => {
  const { error, status, stdout, stderr } = spawnSync(program, args, { input: packed, maxBuffer: mostBytes, env: servantEnvironment() });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT')
    return { name, why: `this host has no ${program}`, lacks: packageOf(program) };
  // A program that sees what is wrong early leaves the rest unread: EPIPE.
  if (status === 0 && error === undefined) return stdout;
  const said = stderr.toString().trim().split('\n').at(-1)?.trim() ?? '';
  return { name, why: said !== '' || error === undefined ? said : inWords(error), lacks: undefined };
};
