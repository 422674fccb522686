export { describedPc } from './described.ts';
export { fuzz, type Subject, spoil } from './fuzz.ts';
export { MemoryDisk } from './memory-disk.ts';
export { Probe } from './probe.ts';
export { Ram } from './ram.ts';
export { Random } from './random.ts';
