export { Alarm } from './alarm.ffi.ts';
export type { CpuidRow } from './cpuid.ts';
export { Kvm } from './kvm.ts';
export type { KvmMachine, Message, Slot } from './machine.ts';
export { type Probed, probeKvm, probeKvmBasics } from './probe.ts';
export type { KvmProcessor, Part } from './processor.ts';
