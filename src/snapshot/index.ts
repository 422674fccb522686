export { begins, type Facts, type Header, pageBytes, snapshotVersion, type Words } from './header.ts';
export { type Bytes, type Means, Unfit } from './means.ts';
export { cutShort, type Resuming, SavedComputer } from './read.ts';
export { type Begins, begunAs, type Plain, plainIn } from './resumed.ts';
export { difference, mediaWords, type Named, namedIn } from './words.ts';
export { piecesOf, type Writing } from './write.ts';
