export { ApicBus, type Command, Delivery, type LocalApic } from './apic/index.ts';
export { modeOf, setFlat, setLong, setReal } from './code/mode.ts';
export { type Profile, profiles } from './control/profile.ts';
export { Cr0, Cr4, Efer, FaultBit, type Paging, type Physical, translate } from './memory/paging.ts';
export { Ram } from './memory/ram.ts';
export type { Owner } from './owner.ts';
export { noPorts, type Ports } from './ports.ts';
export { type Engine, engineOf, Processor } from './processor.ts';
