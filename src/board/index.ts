export { isKernel, type Kernel, type NoKernel, readKernel } from './boot/linux/header.ts';
export type { LinuxBoot, Misfit } from './boot/linux/load.ts';
export { serialPorts } from './chips.ts';
export { type Media, noMedia } from './drives.ts';
export { fewestBytes, mostBytes } from './layout.ts';
export type { Pause } from './pause.ts';
export { Pc, type PcPlan } from './pc.ts';
