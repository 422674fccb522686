export type { VirtioPlace } from './function.ts';
export { VirtioNet, type VirtioNetWires } from './net.ts';
