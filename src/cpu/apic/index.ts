export { ApicBus } from './bus.ts';
export { ApicBase, type ApicWires, LocalApic, type Signals } from './local-apic.ts';
export { type Command, Delivery, type Message } from './message.ts';
export { apicMsr } from './msrs.ts';
export { ApicPage } from './page.ts';
