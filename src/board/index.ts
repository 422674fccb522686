export { isKernel, type Kernel, type NoKernel, readKernel } from './boot/linux/header.ts';
export type { LinuxBoot, Misfit } from './boot/linux/load.ts';
export { fewestBytes, mostBytes } from './layout.ts';
export type { Pause } from './pause.ts';
export { Pc, type PcPlan, serialPorts } from './pc.ts';
