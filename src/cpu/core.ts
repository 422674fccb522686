/** What transfers, interrupts and task switches work on. */
import type { MemoryPath } from './memory/memory-path.ts';
import type { Registers } from './registers.ts';
import type { Tables } from './segment/tables.ts';

export interface Core {
  readonly registers: Registers;
  readonly memory: MemoryPath;
  readonly tables: Tables;
}
