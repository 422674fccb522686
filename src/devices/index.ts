export { CdUnit, DiskUnit, type Label } from './ata/index.ts';
export { Channel, type ChannelWires, Piix3Ide, type Piix3IdeWires } from './ide/index.ts';
export * from './pci/index.ts';
export { Pic, type PicWires } from './pic/pic.ts';
export { Pit, type PitWires, pitRate } from './pit/pit.ts';
export { type SerialLine, Uart, type UartWires } from './uart.ts';
export { type Band, dispiPorts, firstVgaPort, Vga, type VgaWires, vgaCard, vgaPortCount } from './vga/index.ts';
