export { isKernel, type Kernel, type NoKernel, readKernel } from './boot/linux/header.ts';
export type { LinuxBoot, Misfit } from './boot/linux/load.ts';
export { type Multiboot, type NoMultiboot, readMultiboot } from './boot/multiboot/header.ts';
export type { MultibootBoot } from './boot/multiboot/load.ts';
export { serialPorts } from './chips.ts';
export { type Media, noMedia } from './drives.ts';
export { fewestBytes, mostBytes } from './layout.ts';
export type { Pause } from './pause.ts';
export { Pc, type PcPlan } from './pc.ts';
