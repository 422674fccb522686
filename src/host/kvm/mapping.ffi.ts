/** Memory that the kernel shares with this process: mmap(2). */
import { dlopen, toArrayBuffer } from 'node:ffi';

const { functions: libc } = dlopen(null, {
  mmap: { return: 'i64', arguments: ['u64', 'u64', 'i32', 'i32', 'i32', 'i64'] },
  munmap: { return: 'i32', arguments: ['u64', 'u64'] },
});

/** linux v6.6 asm-generic/mman-common.h and mman.h. */
const [readAndWrite, shared, ofOwn] = [0x3, 0x01, 0x22] as const;

/** Whoever has disposed of it must not touch it any more. */
export interface Mapping extends Disposable {
  readonly view: DataView<ArrayBuffer>;
}

/** What a file shares, from its beginning on. */
export const mapShared = (file: number, bytes: number): Mapping => map(bytes, shared, file);

/** Zeros, from a page's beginning on. */
export const mapOwn = (bytes: number): Mapping => map(bytes, ofOwn, -1);

const map = (bytes: number, flags: number, file: number): Mapping => {
  const at = libc.mmap(0n, BigInt(bytes), readAndWrite, flags, file, 0n);
  if (at === -1n) throw new Error(`${bytes} bytes of memory could not be mapped`);
  return {
    view: new DataView(toArrayBuffer(at, bytes, false)),
    [Symbol.dispose]: () => {
      libc.munmap(at, BigInt(bytes));
    },
  };
};
