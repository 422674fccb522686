/** A computer that runs, in a file that another process goes on from. */
export type { Facts, Header, Words } from './header.ts';
export { type Restoring, Snapshot } from './read.ts';
export { saveSnapshot } from './write.ts';
