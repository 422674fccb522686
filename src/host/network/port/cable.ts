/** The cable of a port: a veth pair with one end on the bridge and the other, `eth0`, in the environment's network namespace. */
import { isAlive, until } from '../../program/processes.ts';
import { macOf } from '../address/subnet.ts';
import { type BridgePlan, blockLink, portLink } from '../bridge/plan.ts';
import { type Batch, deleteLinks, feed, ip, ipInside, linkExists, tcWaiting, withoutIpv6 } from '../programs/iproute.ts';
import { all } from '../programs/program.ts';
import type { PortRecord } from './record.ts';

/** What of a port concerns its cable. */
export interface CabledPort extends Pick<PortRecord, 'slot' | 'ip' | 'rateBits'> {
  readonly pid: number;
  /** Whether its end gets no address: something else than the host's kernel speaks there. */
  readonly isBare?: boolean;
}

/** Two or three programs that start at the same time; the later ones wait until the cable is there and the packet filter `admitted` it. */
export const layCable = async (plan: BridgePlan, port: CabledPort, admitted: Promise<void>): Promise<void> => {
  const { slot, rateBits, pid } = port;
  const rate = rateBits === null ? undefined : await import('./rate.ts');
  const laid = ip([...cable(plan, port), ...(rate?.blockBatch(plan, slot) ?? [])]);
  const inside = ipInside(pid);
  const shaper = rate && tcWaiting();
  const isReady = (await Promise.allSettled([laid, admitted])).every(({ status }) => status === 'fulfilled');
  const configured = feed(inside, 'ip', isReady ? within(plan, port) : []);
  const shaped = shaper && feed(shaper, 'tc', isReady && rateBits !== null ? rate.shapeBatch(plan, slot, rateBits) : []);
  await all([laid, admitted, configured, shaped]).catch(rate?.explain);
};

export const removeCable = async (plan: BridgePlan, slot: number, record: PortRecord | undefined): Promise<void> => {
  const port = portLink(plan, slot);
  // A dying network namespace takes its cable along, and sooner than who competes with it (measured: 5 to 20 ms against 30 to 40).
  if (record?.holder && !isAlive(record.holder)) await until(() => !linkExists(port), 50, 1);
  await deleteLinks([port, blockLink(plan, slot)]);
};

/** For an environment without a network: its loopback link alone. */
export const bringUpLoopback = (pid: number): Promise<void> => feed(ipInside(pid), 'ip', ['link set lo up']);

const cable = (plan: BridgePlan, { slot, ip: address, pid }: CabledPort): Batch => {
  const link = portLink(plan, slot);
  return [
    `link add ${link} type veth peer name eth0 address ${macOf(address)} netns ${pid}`,
    // Hairpin: where bridged packets pass the host's filter, a published port that leads back to its visitor stays on the bridge.
    `link set ${link} ${withoutIpv6()} master ${plan.link} up`,
    `link set ${link} type bridge_slave hairpin on`,
  ];
};

const within = (plan: BridgePlan, port: CabledPort): Batch =>
  port.isBare ? [`link set eth0 ${withoutIpv6()} up`] : ['link set lo up', ...addressed(plan, port)];

const addressed = ({ gateway, prefix }: BridgePlan, { ip: address }: CabledPort): Batch => [
  `address add ${address}/${prefix} broadcast + dev eth0`,
  'link set eth0 up',
  `route add default via ${gateway}`,
  // The gateway's MAC follows from its address. What is known for ever does not count for the host-wide limit of neighbours, by default
  // 1,024 in all network namespaces together (ip-sysctl.rst, neigh/default/gc_thresh3), which 500 environments would reach otherwise.
  `neigh replace ${gateway} lladdr ${macOf(gateway)} nud permanent dev eth0`,
];
