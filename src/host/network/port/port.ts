/** The port of one environment: a cable to the bridge, the packet filter's elements, names, published host ports and a rate. */
import { type Publish, Refusal, UndoScope } from '../../../environment/index.ts';
import { markOf } from '../../program/processes.ts';
import { hideNames, showNames } from '../bridge/names.ts';
import { type BridgePlan, portLink, portLinks, slotOf } from '../bridge/plan.ts';
import { linkExists, linkNames } from '../programs/iproute.ts';
import { all } from '../programs/program.ts';
import { layCable, removeCable } from './cable.ts';
import { addElements, exchangePublished, removeElements } from './elements.ts';
import { type Ask, layByHolder } from './holder.ts';
import { type PortRecord, readRecord, readRecords, removeRecord, writeRecord } from './record.ts';

export interface Port extends Omit<PortRecord, 'holder'> {
  /** A process in the network namespace that gets the cable; that may belong to another user namespace. */
  readonly pid: number;
  /** Whether its end gets no address: something else than the host's kernel speaks there. */
  readonly isBare?: boolean;
  /** Whether it gets each packet as it is on a wire: whoever speaks there can’t finish one. */
  readonly isWire?: boolean;
  /** Who holds it, where he can lay a cable himself. */
  readonly ask?: Ask | undefined;
}

/** A Linux bridge has 1,023 ports (linux net/bridge/br_private.h, BR_PORT_BITS); some are left for what isola doesn't know of. */
export const mostPorts = 1000;

/**
 * Plugs an environment in: inside, `eth0` and `lo` are up, with address and default route, unless it is bare. What was in its slot before, whole or half
 * made, is replaced. Undone if it throws: `port-taken`, `exhausted`, `limit-unsupported`, `host-command-failed`. Ports of different
 * slots may be plugged at the same time, but not while the bridge is being raised or lowered.
 */
export const plug = async (plan: BridgePlan, port: Port): Promise<void> => {
  if (readRecord(plan, port.slot) || linkExists(portLink(plan, port.slot))) await unplug(plan, port.slot);
  if (linkNames(portLinks(plan)).length >= mostPorts) throw new Refusal('exhausted', [`ports of ${plan.link}`, mostPorts]);
  await refuseTakenPorts(plan, port.publish);
  await using undo = new UndoScope();
  undo.defer(() => unplug(plan, port.slot));
  const { pid, isBare: _, isWire, ask, ...rest } = port;
  writeRecord(plan, { ...rest, holder: markOf(pid) ?? null });
  showNames(plan, entryOf(port.slot), port.ip, port.names);
  await (ask !== undefined && port.rateBits === null ? layByHolder(plan, port, ask) : layCable(plan, port, addElements(plan, port)));
  if (isWire) (await import('../../kernel/link.ffi.ts')).finishPackets(portLink(plan, port.slot));
  undo.keep();
};

/** Takes out everything of a slot, whatever of it is there. */
export const unplug = async (plan: BridgePlan, slot: number): Promise<void> => {
  const record = readRecord(plan, slot);
  hideNames(plan, entryOf(slot));
  await all([removeCable(plan, slot, record), record && removeElements(plan, record)]);
  removeRecord(plan, slot);
};

/** Publishes exactly these host ports from now on. Connections that are there go on. */
export const setPublish = async (plan: BridgePlan, slot: number, publish: readonly Publish[]): Promise<void> => {
  const record = recordOf(plan, slot);
  const added = without(publish, record.publish);
  const removed = without(record.publish, publish);
  await refuseTakenPorts(plan, added);
  await using undo = new UndoScope();
  undo.defer(() => writeRecord(plan, record));
  writeRecord(plan, { ...record, publish: [...publish, ...removed] });
  await exchangePublished(plan, { ...record, publish }, removed);
  writeRecord(plan, { ...record, publish });
  undo.keep();
};

/** Sets or lifts (null) the limit of what it receives and of what it sends, in bits per second. */
export const setRate = async (plan: BridgePlan, slot: number, rateBits: number | null): Promise<void> => {
  await (await import('./rate.ts')).shape(plan, slot, rateBits);
  writeRecord(plan, { ...recordOf(plan, slot), rateBits });
};

/** It answers to these names alone from now on. */
export const rename = (plan: BridgePlan, slot: number, names: readonly string[]): void => {
  const record = recordOf(plan, slot);
  showNames(plan, entryOf(slot), record.ip, names);
  writeRecord(plan, { ...record, names });
};

/** What is plugged, or left of it. `wired` is false where the environment's network namespace is gone and took the cable along. */
export const plugged = (plan: BridgePlan): readonly { readonly slot: number; readonly link: string; readonly wired: boolean }[] => {
  const links = linkNames(portLinks(plan));
  const slots = new Set([...links.map((link) => slotOf(plan, link)), ...readRecords(plan).map(({ slot }) => slot)]);
  return [...slots]
    .sort((a, b) => a - b)
    .map((slot) => ({ slot, link: portLink(plan, slot), wired: links.includes(portLink(plan, slot)) }));
};

const refuseTakenPorts = async (plan: BridgePlan, publish: readonly Publish[]): Promise<void> => {
  if (publish.length > 0) await (await import('./publish.ts')).refuseTakenPorts(plan, publish);
};

/** Its file among the names. */
const entryOf = (slot: number): string => slot.toString(16);

const without = (these: readonly Publish[], those: readonly Publish[]): readonly Publish[] =>
  these.filter((one) => !those.some((other) => keyOf(other) === keyOf(one)));
const keyOf = ({ protocol, hostAddress, hostPort, port }: Publish): string => `${protocol} ${hostAddress} ${hostPort} ${port}`;

const recordOf = (plan: BridgePlan, slot: number): PortRecord => {
  const record = readRecord(plan, slot);
  if (record === undefined) throw new Error(`nothing is plugged into slot ${slot} of ${plan.link}`);
  return record;
};
