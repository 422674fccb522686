/** What the whole host has left: whatever an environment costs, its keeper, its kernel objects and its own pages, is missing there. */
import { readFileSync } from 'node:fs';

/** proc_meminfo(5), MemAvailable: what could be used without swapping. */
export const availableMib = (): number =>
  Number(/^MemAvailable:\s*(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? Number.NaN) / 1024;
