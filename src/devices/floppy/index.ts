export { Floppy, type FloppyWires } from './controller.ts';
export { dmaPort } from './dma-port.ts';
export { type Format, formatOf } from './formats.ts';
export type { DmaChannel } from './transfer.ts';
