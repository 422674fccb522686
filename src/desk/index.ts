export { type Between, Drive, type Driven, type End } from './drive.ts';
export { EvenTime } from './even-time.ts';
export { VgaMonitor } from './monitor.ts';
export { type Pointed, Pointing } from './pointing.ts';
export { Incoming, Outgoing, type Receiving } from './serial.ts';
export type { Timers } from './timers.ts';
export { type Typed, Typing } from './typing.ts';
