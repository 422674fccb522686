export type { Child, ChildHost, Rights } from './host.ts';
export { type Counts, directPrograms, type Told, type Words } from './programs.ts';
