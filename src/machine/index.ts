export { Bus, type ByteWindow, bytewise, undriven, type Width, type Window } from './bus.ts';
export { type Alarm, type Clock, Timeline } from './clock.ts';
export type { Cpu, Exit } from './cpu.ts';
export { Device, type Reset } from './device.ts';
export { below, bytes, choice, flag, list, maybe, moment, part, queue, u8, u16, u32, u64 } from './field.ts';
export { type Line, loose, Pin } from './line.ts';
export type { Memory } from './memory.ts';
export { decode, encode, type Field, type Schema, type StateOf } from './state.ts';
export * from './units.ts';
