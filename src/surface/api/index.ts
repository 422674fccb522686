/** The library's face: what `import { Isola } from 'isola'` gives. */
export type { CreateOptions, EnvironmentHandle } from './environment.ts';
export { ExecError, type ExecEvent, type ExecOptions, type ExecResult, type Spawned } from './exec.ts';
export { type IsolaOptions, StoreHandle } from './isola.ts';
