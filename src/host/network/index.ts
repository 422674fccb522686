/** What every start needs is here; what is needed now and then is loaded when it is called, and documented where it is. */
import type { BridgePlan } from './bridge/plan.ts';
import type { PortUse } from './port/use.ts';

export { bridgeResolv, hostResolv } from './address/resolv.ts';
export { addressOf, checkAddress, gatewayOf, macOf } from './address/subnet.ts';
export { answersNames } from './bridge/names.ts';
export { type BridgePlan, planBridge, portLink } from './bridge/plan.ts';
export { raiseBridge } from './bridge/raise.ts';
export { bringUpLoopback } from './port/cable.ts';
export { mostPorts, type Port, plug, plugged, rename, setPublish, setRate, unplug } from './port/port.ts';
export type { PortUse };

/** address/choice.ts: a new bridge's subnet, to be kept from then on. */
export const chooseSubnet = async (tag: string): Promise<string> => (await import('./address/choice.ts')).chooseSubnet(tag);

/** bridge/bridge.ts: makes and mends everything without looking first. */
export const repairBridge = async (plan: BridgePlan): Promise<void> => (await import('./bridge/bridge.ts')).repairBridge(plan);

/** bridge/bridge.ts: removes the bridge and all its ports, and leaves no trace of it. */
export const lowerBridge = async (plan: BridgePlan): Promise<void> => (await import('./bridge/bridge.ts')).lowerBridge(plan);

/** bridge/leftovers.ts: what exists of a bridge, in words. */
export const leftovers = async (plan: BridgePlan): Promise<readonly string[]> => (await import('./bridge/leftovers.ts')).leftovers(plan);

/** bridge/firewall.ts: what the host's own packet filter is likely to stop, in words. */
export const firewallNotes = async (): Promise<readonly string[]> => (await import('./bridge/firewall.ts')).firewallNotes();

/** user/cable.ts: an ordinary user's cable, which needs no bridge. */
export const userCable = (): Promise<typeof import('./user/cable.ts')> => import('./user/cable.ts');

/** port/use.ts: what went through a port; undefined where nothing is plugged. */
export const portUse = async (plan: BridgePlan, slot: number): Promise<PortUse | undefined> =>
  (await import('./port/use.ts')).portUse(plan, slot);
