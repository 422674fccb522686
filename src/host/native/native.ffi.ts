/** What of libc(7) and of the library of handshakes is called for children. Everything here blocks and acts on the calling thread. */
import { type DynamicLibraryResult, dlopen, dlsym, type FunctionDefinitions, getRawPointer, toArrayBuffer } from 'node:ffi';
import { closeSync, writeSync } from 'node:fs';
import { linuxX64 } from '../../abi/index.ts';
import { memoryFile } from '../kernel/libc.ffi.ts';
import { Block, handshake } from './handshake.ts';
import { library } from './library.ts';

const { functions: libc } = dlopen(null, {
  mmap: { return: 'i64', arguments: ['u64', 'u64', 'i32', 'i32', 'i32', 'i64'] },
  munmap: { return: 'i32', arguments: ['u64', 'u64'] },
  ftruncate: { return: 'i32', arguments: ['i32', 'i64'] },
  eventfd: { return: 'i32', arguments: ['u32', 'i32'] },
  sched_getcpu: { return: 'i32', arguments: [] },
  sched_getaffinity: { return: 'i32', arguments: ['i32', 'u64', 'pointer'] },
  sched_setaffinity: { return: 'i32', arguments: ['i32', 'u64', 'pointer'] },
});

const { protection, mapping } = linuxX64;
/** eventfd.h of linux v6.6. */
const EFD_CLOEXEC = 0o2000000;

const done = (result: number | bigint, what: string): void => {
  if (result < 0) throw new Error(`${what} failed`);
};

/** A mapping of a file that is nowhere but in memory, and that file's descriptor. */
export interface SharedPages extends Disposable {
  readonly file: number;
  readonly at: bigint;
  readonly view: DataView;
}

export const sharePages = (name: string, bytes: number): SharedPages => {
  const file = memoryFile(name);
  done(libc.ftruncate(file, BigInt(bytes)), 'ftruncate');
  const at = libc.mmap(0n, BigInt(bytes), protection.read | protection.write, mapping.shared, file, 0n);
  done(at, 'mmap');
  return {
    ...{ file, at, view: new DataView(toArrayBuffer(at, bytes, false)) },
    [Symbol.dispose]: () => {
      libc.munmap(at, BigInt(bytes));
      closeSync(file);
    },
  };
};

/** What is written there is counted together until somebody reads it: eventfd(2). Its descriptor. */
export const counterFile = (): number => {
  const file = libc.eventfd(0, EFD_CLOEXEC);
  done(file, 'eventfd');
  return file;
};

/** A file that is nowhere but in memory, with this in it. */
export const programFile = (name: string, bytes: Uint8Array): number => {
  const file = memoryFile(name);
  writeSync(file, bytes);
  return file;
};

const maskBytes = 128;

/** Which processor of the host this thread is on. */
export const processorNow = (): number => libc.sched_getcpu();

/** Those that this thread may be on, a bit each. */
export const processorsAllowed = (): Uint8Array => {
  const mask = new Uint8Array(maskBytes);
  libc.sched_getaffinity(0, BigInt(maskBytes), getRawPointer(mask));
  return mask;
};

export const onlyProcessor = (number: number): Uint8Array => {
  const mask = new Uint8Array(maskBytes);
  mask[number >> 3] = 1 << (number & 7);
  return mask;
};

/** This thread, or another one by its id, is on these from now on. Where it may not be, it stays where it may. */
export const allowProcessors = (mask: Uint8Array, thread = 0): void =>
  void libc.sched_setaffinity(thread, BigInt(maskBytes), getRawPointer(mask));

export interface Handshake {
  /** What both work on: `Block`. */
  readonly block: DataView;
  run(): number;
  order(): number;
  tell(): number;
  /** Who has orders that nobody has waited for yet. */
  underWay: { settle(): void } | undefined;
}

/** How many there are: the loader takes two of one path for the same. */
let loaded = 0;

/** A library that is nowhere but in memory, for good. */
export const loadLibrary = <const Functions extends FunctionDefinitions>(
  name: string,
  bytes: Uint8Array,
  functions: Functions,
): DynamicLibraryResult<Functions> => {
  const file = programFile(name, bytes);
  try {
    return dlopen(`/proc/self/fd/${'./'.repeat(loaded++)}${file}`, functions);
  } finally {
    closeSync(file);
  }
};

export const openHandshake = (): Handshake => {
  const { lib, functions } = loadLibrary('isola handshake', library(handshake, Block.bytes), {
    run: { return: 'i32', arguments: [] },
    order: { return: 'i32', arguments: [] },
    tell: { return: 'i32', arguments: [] },
  });
  return { block: new DataView(toArrayBuffer(dlsym(lib, 'block'), Block.bytes, false)), underWay: undefined, ...functions };
};
