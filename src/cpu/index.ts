export { ApicBus, type Command, Delivery, type LocalApic } from './apic/index.ts';
export { type Profile, profiles } from './control/profile.ts';
export { modeOf, setFlat, setLong, setReal } from './mode.ts';
export type { Owner } from './owner.ts';
export { Cr0, Cr4, Efer, FaultBit, type Paging, type Physical, translate } from './paging.ts';
export { noPorts, type Ports } from './ports.ts';
export { type Engine, engineOf, Processor } from './processor.ts';
export { Ram } from './ram.ts';
