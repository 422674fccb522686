/** What the C library keeps of memory that was given back to it. */
import { dlopen } from 'node:ffi';

const { functions: libc } = dlopen(null, { malloc_trim: { return: 'i32', arguments: ['u64'] } });

/** Gives whole pages of it back to the kernel: malloc_trim(3). Takes a millisecond or two. */
export const trimHeap = (): void => void libc.malloc_trim(0n);
