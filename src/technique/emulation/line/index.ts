export { ConsoleLine } from './console-line.ts';
export { type Lines, openLines, postLine } from './lines.ts';
export { nobody } from './open-line.ts';
export { listening } from './socket-line.ts';
