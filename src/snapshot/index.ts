export { begins, type Facts, type Header, pageBytes, snapshotVersion, type Words } from './header.ts';
export { type Bytes, type Means, Unfit } from './means.ts';
export { type Run, runsIn } from './pages.ts';
export { cutShort, type Placed, type Resuming, SavedComputer } from './read.ts';
export { type Begins, begunAs, type Plain, plainIn } from './resumed.ts';
export { difference, mediaWords, type Named, namedIn } from './words.ts';
export { areasOf, headOf, piecesOf, type Writing } from './write.ts';
