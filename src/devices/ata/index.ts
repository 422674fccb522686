export { CdUnit } from './cd/cd-unit.ts';
export { DiskUnit } from './disk-unit.ts';
export type { Label } from './identify.ts';
export { Command, DeviceBits, Status } from './registers.ts';
export { Unit, type UnitHost } from './unit.ts';
export { bufferBytes, freshUnit, type UnitState, unitSchema } from './unit-state.ts';
