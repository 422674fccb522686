export { Pic, type PicWires } from './pic/pic.ts';
export { type SerialLine, Uart, type UartWires } from './uart.ts';
