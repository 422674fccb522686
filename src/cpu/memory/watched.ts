/** Page tables, which may be code, and lie over A20 as all does. */
import type { Physical } from './paging.ts';
import type { Ram } from './ram.ts';

/** Memory as walks of page tables reach it: code that they mark is forgotten. */
export const watched = (ram: Ram): Physical => ({
  read32: (at) => ram.read32(ram.reached(at)),
  read64: (at) => ram.read64(ram.reached(at)),
  write32: (at, value) => {
    ram.readers.spoil(ram.reached(at), 4);
    ram.write32(ram.reached(at), value);
  },
  write64: (at, value) => {
    ram.readers.spoil(ram.reached(at), 8);
    ram.write64(ram.reached(at), value);
  },
});
