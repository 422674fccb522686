export { characters, codeOf } from './cp437.ts';
export { type Colours, coloursOf } from './draw/colour.ts';
export { type Frame, frameOf, type Terminal } from './draw/frame.ts';
export { linesOf } from './draw/lines.ts';
export { begin, end, update } from './draw/update.ts';
export type { Code, Key, Modifiers } from './keys/code.ts';
export { KeyReader } from './keys/reader.ts';
export { type Stroke, strokesOf } from './keys/strokes.ts';
