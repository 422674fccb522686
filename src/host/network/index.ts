export { bridgeResolv, hostResolv } from './address/resolv.ts';
export { addressOf, checkAddress, chooseSubnet, gatewayOf, macOf } from './address/subnet.ts';
export { lowerBridge, raiseBridge, repairBridge } from './bridge/bridge.ts';
export { firewallNotes } from './bridge/firewall.ts';
export { leftovers } from './bridge/leftovers.ts';
export { type BridgePlan, planBridge, portLink } from './bridge/plan.ts';
export { bringUpLoopback, mostPorts, type Port, plug, plugged, rename, setPublish, setRate, unplug } from './port/port.ts';
export type { PortRecord } from './port/record.ts';
export { type PortUse, portUse } from './port/use.ts';
