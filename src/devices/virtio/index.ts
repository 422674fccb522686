export { balloonPageBytes, VirtioBalloon, type VirtioBalloonWires } from './balloon.ts';
export { VirtioBlk, type VirtioBlkWires } from './blk/blk.ts';
export { type ConsolePort, type PortLine, VirtioConsole, type VirtioConsoleWires } from './console/console.ts';
export { VirtioFs, type VirtioFsWires } from './fs.ts';
export type { VirtioPlace } from './function.ts';
export type { Frames } from './net/merging.ts';
export { VirtioNet, type VirtioNetWires } from './net/net.ts';
export { VirtioRng, type VirtioRngWires } from './rng.ts';
export { VirtioVsock, type VirtioVsockWires } from './vsock.ts';
