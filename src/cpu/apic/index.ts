export { apicKeeps } from './access.ts';
export { ApicBus } from './bus.ts';
export { ApicBase, type ApicWires, LocalApic, lvtBits, type Signals } from './local-apic.ts';
export { type Command, Delivery } from './message.ts';
export { apicMsr, isBaseMode } from './msrs.ts';
export { ApicPage } from './page.ts';
export { ApicState, Register, Svr } from './registers.ts';
export { TimerMode } from './timer.ts';
