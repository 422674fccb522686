/** A computer that runs, in a file that another process goes on from. */
export type { Facts, Header, Words } from '../../snapshot/index.ts';
export { adopt } from './adopt.ts';
export { Aside } from './aside.ts';
export { Capture, type Held } from './capture.ts';
export { stampOf } from './present.ts';
export { type Restoring, Snapshot } from './read.ts';
export { beginsWord, Resumed } from './resumed.ts';
export { bySlices, saveCapture, saveSnapshot } from './write.ts';
