export { Layers } from './layers.ts';
export { sizeOfTree } from './size.ts';
export { Space } from './space.ts';
