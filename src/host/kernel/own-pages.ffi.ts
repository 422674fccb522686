/** Which pages of memory are this process's own, and nobody's file. */
import { getRawPointer } from 'node:ffi';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

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

/** Bytes from a memory's first on: `to` is the first one behind. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Where a memory, which begins with a whole page, may hold anything but zeros: pages that were written, and all that are a file's. Ascending, whole pages, none beside another; all of it where the kernel
 * doesn't tell. Takes 10 ms for half a gibibyte; looking at the bytes of what nobody has touched would have pages made for it, and take 80.
 */
export const heldRanges = (memory: Uint8Array): readonly Range[] => {
  const own = ownPages(memory);
  if (own === undefined) return memory.length === 0 ? [] : [{ from: 0, to: memory.length }];
  const isHeld = new Uint8Array(memory.length / pageBytes);
  for (const { from, to } of fileRanges(memory)) isHeld.fill(1, from / pageBytes, to / pageBytes);
  for (const page of own) isHeld[page] = 1;
  const found: Range[] = [];
  for (let from = isHeld.indexOf(1), to = 0; from >= 0; from = isHeld.indexOf(1, to)) {
    const next = isHeld.indexOf(0, from);
    to = next < 0 ? isHeld.length : next;
    found.push({ from: from * pageBytes, to: to * pageBytes });
  }
  return found;
};

/** Of memory, what of it files are mapped to: proc(5), maps. */
const fileRanges = (memory: Uint8Array): readonly Range[] => {
  const first = Number(getRawPointer(memory));
  const found: Range[] = [];
  for (const [, begin, end, inode] of readFileSync('/proc/self/maps', 'latin1').matchAll(/^(\w+)-(\w+) \S+ \S+ \S+ (\d+)/gm)) {
    const from = Math.max(Number(`0x${begin}`) - first, 0);
    const to = Math.min(Number(`0x${end}`) - first, memory.length);
    if (inode !== '0' && from < to) found.push({ from, to });
  }
  return found;
};
