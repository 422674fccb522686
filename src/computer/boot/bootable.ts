/** Files that a computer boots from, read and looked at before anything starts. */
import { closeSync, existsSync, fstatSync, readFileSync } from 'node:fs';
import {
  isKernel,
  type Kernel,
  type Module,
  type Program,
  readElf,
  readKernel,
  readMultiboot,
  readMultiboot2,
  readProgram,
} from '../../board/index.ts';
import { Refusal } from '../../environment/index.ts';
import { opened } from '../opened.ts';
import { unpack } from './unpack.ts';

/** Nothing that boots is larger than what memory there can be. */
const mostBytes = 2 * 1024 ** 3;

/** All of a file. Throws `no-such-path` or `path-closed`, and `not-bootable` where it is empty, no file, or far too large. */
export const readWhole = (path: string, what: string): Uint8Array => {
  const descriptor = opened(path, what);
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw new Refusal('not-bootable', [path, what, found.isDirectory() ? 'it is a directory' : 'it is no file']);
    if (found.size === 0) throw new Refusal('not-bootable', [path, what, 'it is empty']);
    if (found.size > mostBytes) throw new Refusal('not-bootable', [path, what, `it has ${found.size} bytes`]);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** A kernel for Linux's boot protocol, or a program for Multiboot's or PVH's; each may be packed. Throws `not-bootable` where it is none of them for this computer. */
export const kernelIn = (path: string, say: (sentence: string) => void): Program => {
  const file = unpacked(readWhole(path, 'kernel'), path);
  const program = readProgram(file);
  if (program === undefined) throw new Refusal('not-bootable', [path, 'kernel', whyNone(file)]);
  return program.protocol === 'linux' ? { ...program, image: program.image ?? imageOf(program, say) } : program;
};

const whyNone = (file: Uint8Array): string => {
  const kernel = readKernel(file);
  if (isKernel(file) && typeof kernel === 'string') return lacks[kernel];
  const [first, second] = [readMultiboot(file), readMultiboot2(file)];
  if (typeof second === 'object' && 'wants' in second) return `it wants of Multiboot 2 ${second.wants}`;
  const found = [first, second].find((why) => why !== 'no multiboot');
  return typeof found === 'string' ? lacks[found] : kindOf(file);
};

/** A file, and behind it what is said to it. */
export const moduleIn = (text: string): Module => {
  const [path = ''] = existsSync(text) ? [text] : text.split(' ', 1);
  return { bytes: readWhole(path, 'module'), words: new TextEncoder().encode(text) };
};

/** All of a file that may be packed. */
const unpacked = (file: Uint8Array, path: string): Uint8Array => {
  const made = unpack(file);
  if (made === undefined || made instanceof Uint8Array) return made ?? file;
  const { name, why, lacks: missing } = made;
  if (missing !== undefined) throw new Refusal('program-missing', [name, missing]);
  throw new Refusal('not-bootable', [path, 'kernel', `it begins as ${name} does and can't be unpacked: ${why}`]);
};

/** Below are a PC's own places. */
const lowest = 2 ** 20;
/** Behind what is packed, but by gzip, which has them itself: scripts/Makefile.lib, size_append. */
const sizeBytes = 4;

/** What is packed in a kernel, as it is to lie in memory. Undefined where it has to do that itself: then it says more of what is wrong than could be said here. */
const imageOf = ({ payload }: Kernel, say: (sentence: string) => void): Kernel['image'] => {
  if (payload === undefined) return undefined;
  const isGzip = payload[0] === 0x1f;
  const made = unpack(isGzip ? payload : payload.subarray(0, -sizeBytes));
  if (made instanceof Uint8Array) {
    const elf = readElf(made);
    return elf !== undefined && elf.segments.length > 0 && elf.segments.every(({ at }) => at >= lowest) ? elf : undefined;
  }
  if (made?.lacks !== undefined)
    say(`the kernel unpacks itself, which takes seconds: the Debian package ${made.lacks} would do it at once`);
  return undefined;
};

const lacks = {
  'no multiboot': 'it is no Linux kernel for x86',
  'wants more': 'it wants of Multiboot what this loader doesn’t have',
  'no kernel': 'it is no Linux kernel for x86',
  'too old': 'its boot protocol is older than 2.3, or it is loaded below 1 MiB',
  'cut short': 'it ends before its code does: it was not copied whole',
} as const;

/** Machines an ELF file may be for: elf(5), e_machine. */
const machines: Readonly<Record<number, string>> = { 40: '32-bit Arm', 183: '64-bit Arm', 243: 'RISC-V', 21: 'PowerPC', 22: 'IBM Z' };
/** Documentation/arch/arm64/booting.rst, section 4; Documentation/arch/riscv/boot-image-header.rst. */
const marks = [
  [56, 'ARM\x64', 'it is a kernel for 64-bit Arm'],
  [56, 'RSC\x05', 'it is a kernel for RISC-V'],
] as const;

const kindOf = (file: Uint8Array): string => {
  const has = (at: number, text: string): boolean => [...text].every((letter, index) => file[at + index] === letter.charCodeAt(0));
  if (has(0, '\x7fELF')) {
    const machine = machines[(file[18] ?? 0) | ((file[19] ?? 0) << 8)];
    return machine === undefined
      ? 'it is an ELF file without a header for Multiboot and without a note for PVH'
      : `it is an ELF file for ${machine}`;
  }
  return marks.find(([at, text]) => has(at, text))?.[2] ?? lacks['no kernel'];
};
