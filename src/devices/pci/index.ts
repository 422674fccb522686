export { PciBus, type PciBusWires, type PirqRouter } from './bus.ts';
export { PciFunction } from './function.ts';
export { HostBridge, type HostBridgeWires, type Shadow, shadowSegments } from './host-bridge.ts';
export { IsaBridge, type IsaBridgeWires } from './isa-bridge.ts';
export { type Capability, type Identity, type Layout, layoutOf, type Region } from './layout.ts';
export { Msi, msiCapability } from './msi.ts';
export { Msix, type MsixPlace, msixCapability, msixFresh, msixSchema } from './msix.ts';
export { PlainBridge, type PlainBridgeWires } from './plain-bridge.ts';
export type { Messages, Slot } from './slot.ts';
