/** The port of one environment: a cable to the bridge, the packet filter's elements, names, published host ports and a rate. */
import { type Publish, Refusal } from '../../../environment/index.ts';
import { macOf } from '../address/subnet.ts';
import { raiseTables } from '../bridge/bridge.ts';
import { hideNames, showNames } from '../bridge/dnsmasq.ts';
import { type BridgePlan, blockLink, portLink, portLinks, slotOf } from '../bridge/plan.ts';
import { additionText, deletionText, elementsOf, publishedElements } from '../bridge/ruleset.ts';
import { type Batch, deleteLinks, feed, ip, ipInside, linkExists, linkNames, tcWaiting, withoutIpv6 } from '../programs/iproute.ts';
import { tryNft } from '../programs/nft.ts';
import { refuseTakenPorts } from './publish.ts';
import { blockBatch, explain, shape, shapeBatch } from './rate.ts';
import { type PortRecord, readRecord, readRecords, removeRecord, writeRecord } from './record.ts';

export interface Port extends PortRecord {
  /** A process in the network namespace that gets the cable; that may belong to another user namespace. */
  readonly pid: number;
}

/** A Linux bridge has 1,023 ports (linux net/bridge/br_private.h, BR_PORT_BITS); some are left for what isola doesn't know of. */
export const mostPorts = 1000;

/**
 * Plugs an environment in: inside, `eth0` and `lo` are up, with address and default route. What was in its slot before, whole or half
 * made, is replaced. Undone if it throws: `port-taken`, `exhausted`, `limit-unsupported`, `host-command-failed`. Ports of different
 * slots may be plugged at the same time, but not while the bridge is being raised or lowered.
 */
export const plug = async (plan: BridgePlan, port: Port): Promise<void> => {
  if (readRecord(plan, port.slot) || linkExists(portLink(plan, port.slot))) await unplug(plan, port.slot);
  if (linkNames(portLinks(plan)).length >= mostPorts) throw new Refusal('exhausted', [`ports of ${plan.link}`, mostPorts]);
  await refuseTakenPorts(plan, port.publish);
  writeRecord(plan, port);
  try {
    await wire(plan, port);
  } catch (error) {
    await unplug(plan, port.slot);
    throw error;
  }
};

/** Takes out everything of a slot, whatever of it is there. */
export const unplug = async (plan: BridgePlan, slot: number): Promise<void> => {
  const record = readRecord(plan, slot);
  hideNames(plan, slot.toString(16));
  await all([deleteLinks([portLink(plan, slot), blockLink(plan, slot)]), record && removeElements(elementsOf(plan, record))]);
  removeRecord(plan, slot);
};

/** Publishes exactly these host ports from now on. Connections that are there go on. */
export const setPublish = async (plan: BridgePlan, slot: number, publish: readonly Publish[]): Promise<void> => {
  const record = recordOf(plan, slot);
  const added = without(publish, record.publish);
  const removed = without(record.publish, publish);
  await refuseTakenPorts(plan, added);
  writeRecord(plan, { ...record, publish: [...publish, ...removed] });
  await removeElements(publishedElements(plan, record.ip, removed));
  await addElements(plan, { ...record, publish });
  writeRecord(plan, { ...record, publish });
};

/** Sets or lifts (null) the limit of what it receives and of what it sends, in bits per second. */
export const setRate = async (plan: BridgePlan, slot: number, rateBits: number | null): Promise<void> => {
  await shape(plan, slot, rateBits);
  writeRecord(plan, { ...recordOf(plan, slot), rateBits });
};

/** It answers to these names alone from now on. */
export const rename = (plan: BridgePlan, slot: number, names: readonly string[]): void => {
  const record = recordOf(plan, slot);
  showNames(plan, slot.toString(16), record.ip, names);
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

/** For an environment without a network: its loopback link alone. */
export const bringUpLoopback = (pid: number): Promise<void> => feed(ipInside(pid), 'ip', ['link set lo up']);

/** Three or four programs that start at the same time; two of them wait until the cable is there. */
const wire = async (plan: BridgePlan, port: Port): Promise<void> => {
  const { slot, rateBits } = port;
  showNames(plan, slot.toString(16), port.ip, port.names);
  const cabled = ip([...cable(plan, port), ...(rateBits === null ? [] : blockBatch(plan, slot))]).catch(explain);
  const inside = ipInside(port.pid);
  const shaper = rateBits === null ? undefined : tcWaiting();
  const filtered = addElements(plan, port);
  const isCabled = await cabled.then(
    () => true,
    () => false,
  );
  await all([
    cabled,
    filtered,
    feed(inside, 'ip', isCabled ? within(plan, port) : []),
    shaper && feed(shaper, 'tc', isCabled && rateBits !== null ? shapeBatch(plan, slot, rateBits) : []).catch(explain),
  ]);
};

const cable = (plan: BridgePlan, { slot, ip: address, pid }: Port): Batch => {
  const link = portLink(plan, slot);
  return [
    `link add ${link} type veth peer name eth0 address ${macOf(address)} netns ${pid}`,
    // Hairpin: where bridged packets pass the host's filter, a published port that leads back to its visitor stays on the bridge.
    `link set ${link} ${withoutIpv6()} master ${plan.link} up`,
    `link set ${link} type bridge_slave hairpin on`,
  ];
};

const within = ({ gateway, prefix }: BridgePlan, { ip: address }: Port): Batch => [
  'link set lo up',
  `address add ${address}/${prefix} broadcast + dev eth0`,
  'link set eth0 up',
  `route add default via ${gateway}`,
];

/** Where somebody flushed the tables, they are made anew from the records, which have this port already. */
const addElements = async (plan: BridgePlan, record: PortRecord): Promise<void> => {
  const fault = await tryNft(additionText(elementsOf(plan, record)));
  if (fault?.kind === 'absent' && linkExists(plan.link)) return raiseTables(plan, record.slot);
  // Somebody was quicker: this finds out who.
  if (fault?.kind === 'taken') await refuseTakenPorts(plan, record.publish);
  if (fault) throw fault.refusal;
};

const removeElements = async (elements: readonly string[]): Promise<void> => {
  const fault = await tryNft(deletionText(elements));
  if (fault === undefined || fault.kind === 'absent') return;
  if (fault.kind !== 'taken') throw fault.refusal;
  // One of the host ports is another's by now, and stays so. The others go one by one.
  for (const element of elements) {
    const alone = await tryNft(deletionText([element]));
    if (alone?.kind === 'other') throw alone.refusal;
  }
};

/** Waits for all, and only then throws the first error: nothing goes on behind the back of who undoes it. */
const all = async (deeds: readonly (Promise<void> | undefined)[]): Promise<void> => {
  const results = await Promise.allSettled(deeds);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
};

const without = (these: readonly Publish[], those: readonly Publish[]): readonly Publish[] =>
  these.filter((one) => !those.some((other) => keyOf(other) === keyOf(one)));
const keyOf = ({ protocol, hostAddress, hostPort, port }: Publish): string => `${protocol} ${hostAddress} ${hostPort} ${port}`;

const recordOf = (plan: BridgePlan, slot: number): PortRecord => {
  const record = readRecord(plan, slot);
  if (record === undefined) throw new Error(`nothing is plugged into slot ${slot} of ${plan.link}`);
  return record;
};
