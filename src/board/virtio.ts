/** Virtio devices of a PC, as functions of slots that nothing else has. */
import { type PciBus, VirtioNet, type VirtioPlace } from '../devices/index.ts';
import type { Cable } from '../machine/index.ts';

export interface NetworkPlan {
  readonly cable: Cable;
  /** Six bytes. */
  readonly mac: Uint8Array;
}

/** What of the plan of a PC is made of virtio devices. */
export interface VirtioPlan {
  readonly network?: readonly NetworkPlan[];
}

export interface VirtioCards {
  readonly network: readonly VirtioNet[];
  readonly devices: readonly { reset(kind: 'power' | 'bus'): void }[];
}

/** One for each kind, with a function for each card. */
const slots = { network: 3 } as const;

/** Throws a RangeError where there are more of a kind than a slot has functions. */
export const virtioOn = ({ pci }: { readonly pci: PciBus }, { network = [] }: VirtioPlan): VirtioCards => {
  const places = (device: number, count: number): VirtioPlace[] =>
    Array.from({ length: count }, (_, index) => ({ slot: pci.slot(device, index), isMultifunction: index === 0 && count > 1 }));
  const cards = places(slots.network, network.length).flatMap((place, index) => {
    const plan = network[index];
    return plan === undefined ? [] : [new VirtioNet({ ...place, ...plan })];
  });
  return { network: cards, devices: cards };
};
