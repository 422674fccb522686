/** Files that a computer boots from, read and looked at before anything starts. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { isKernel, type Kernel, readKernel } from '../../board/index.ts';
import { Refusal } from '../../environment/index.ts';
import { inWords, isMissing } from '../../host/index.ts';

/** Nothing that boots is larger than what memory there can be. */
const mostBytes = 3.5 * 1024 ** 3;

/** All of a file. Throws `no-such-path` or `path-closed`, and `not-bootable` where it is empty, no file, or far too large. */
export const readWhole = (path: string, what: string): Uint8Array => {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (isMissing(error)) throw new Refusal('no-such-path', [path, `give the ${what} as a path on this host`], { cause: error });
    throw new Refusal('path-closed', [path, 'read', inWords(error)], { cause: error });
  }
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

/** Throws `not-bootable` where it is no kernel for this computer. */
export const kernelIn = (path: string): Kernel => {
  const file = readWhole(path, 'kernel');
  const kernel = readKernel(file);
  if (typeof kernel !== 'string') return kernel;
  throw new Refusal('not-bootable', [path, 'kernel', isKernel(file) ? lacks[kernel] : kindOf(file)]);
};

const lacks = {
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
  [0, '\x1f\x8b', 'it is compressed by gzip: unpack it, or give the bzImage'],
] as const;

const kindOf = (file: Uint8Array): string => {
  const has = (at: number, text: string): boolean => [...text].every((letter, index) => file[at + index] === letter.charCodeAt(0));
  if (has(0, '\x7fELF')) {
    const machine = machines[(file[18] ?? 0) | ((file[19] ?? 0) << 8)];
    return machine === undefined ? 'it is an ELF file; give the bzImage' : `it is an ELF file for ${machine}`;
  }
  return marks.find(([at, text]) => has(at, text))?.[2] ?? lacks['no kernel'];
};
