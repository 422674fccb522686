/** Which pages of memory are this process's own, and nobody's file. */
import { getRawPointer } from 'node:ffi';
import { closeSync, openSync, readSync } from 'node:fs';

const pageBytes = 4096;
/** linux v6.6 Documentation/admin-guide/mm/pagemap.rst, bits 61 to 63 of an entry of 64: in upper halves. */
const Entry = { file: 0x2000_0000, swapped: 0x4000_0000, present: 0x8000_0000 } as const;

/**
 * Numbers of the pages, from the memory's first on, that were written since they were mapped: what was only read of a file that is mapped is none of them. `memory` begins with a whole page. Undefined where
 * the kernel doesn't tell.
 */
export const ownPages = (memory: Uint8Array): Uint32Array | undefined => {
  const count = Math.ceil(memory.length / pageBytes);
  const entries = new Uint32Array(2 * count);
  try {
    const file = openSync('/proc/self/pagemap', 'r');
    try {
      const first = Number(BigInt(getRawPointer(memory)) / BigInt(pageBytes));
      const bytes = new Uint8Array(entries.buffer);
      for (let from = 0; from < bytes.length; ) {
        const read = readSync(file, bytes, from, bytes.length - from, first * 8 + from);
        if (read === 0) return undefined;
        from += read;
      }
    } finally {
      closeSync(file);
    }
  } catch {
    // Some kernels and containers have none.
    return undefined;
  }
  const own = new Uint32Array(count);
  let found = 0;
  for (let page = 0; page < count; page++) {
    const entry = entries[2 * page + 1] ?? 0;
    if ((entry & (Entry.present | Entry.swapped)) !== 0 && (entry & Entry.file) === 0) own[found++] = page;
  }
  return own.subarray(0, found);
};
