export { dispiPorts, vgaCard } from './card.ts';
export type { Band } from './changes.ts';
export { firstPort as firstVgaPort, portCount as vgaPortCount } from './ports.ts';
export { Vga, type VgaWires } from './vga.ts';
