export type { Cpu, Exit } from './cpu.ts';
export { type Gla, type Gpa, gla, gpa } from './units.ts';
