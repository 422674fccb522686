/** The library's face: what `import { Isola } from 'isola'` gives. */
export type { Console, LoggedLine } from './console.ts';
export type { ChangeOptions, CreateOptions, LimitOptions, NewEnvironmentOptions } from './creation.ts';
export type { Awaited, EnvironmentHandle, LogOptions, StopOptions } from './environment.ts';
export { ExecError, type ExecEvent, type ExecOptions, type ExecResult, type Spawned } from './exec.ts';
export type { BuildOptions, Images, PullOptions } from './images.ts';
export { type CompareOptions, type IsolaOptions, type RunOptions, StoreHandle } from './isola.ts';
export type { Snapshots } from './snapshots.ts';
