/**
 * Limits of a port's rate, each way alike: a token bucket (tc-tbf(8)) on the host's end for what the environment receives, and one on an
 * intermediate functional block for what it sends, because the kernel queues only what goes out of a link (decision 021).
 */
import { Refusal } from '../../../environment/index.ts';
import { type BridgePlan, blockLink, portLink } from '../bridge/plan.ts';
import { type Batch, deleteLinks, ip, linkExists, tc, withoutIpv6 } from '../programs/iproute.ts';

/** For `ip -batch`, before `shapeBatch`. */
export const blockBatch = (plan: BridgePlan, slot: number): Batch => [
  `link add ${blockLink(plan, slot)} type ifb`,
  `link set ${blockLink(plan, slot)} ${withoutIpv6()} up`,
];

/** For `tc -batch`. The same commands make and change. */
export const shapeBatch = (plan: BridgePlan, slot: number, rateBits: number): Batch => {
  const [port, block] = [portLink(plan, slot), blockLink(plan, slot)];
  const bucket = `root tbf rate ${rateBits}bit burst ${burstBytes(rateBits)}b latency ${latencyMs}ms`;
  return [
    `qdisc replace dev ${port} ${bucket}`,
    `qdisc replace dev ${block} ${bucket}`,
    `qdisc replace dev ${port} ingress`,
    `filter replace dev ${port} parent ffff: protocol all prio 1 handle 800::800 u32 match u32 0 0 action mirred egress redirect dev ${block}`,
  ];
};

/** Sets, changes or lifts (null) the limit of a plugged port. Throws `limit-unsupported` where the kernel lacks what it takes. */
export const shape = async (plan: BridgePlan, slot: number, rateBits: number | null): Promise<void> => {
  const port = portLink(plan, slot);
  if (rateBits === null) {
    if (!linkExists(blockLink(plan, slot))) return;
    // Without the block the redirecting filter would drop what is sent, so it goes first; the bucket may be half made.
    await tc([`qdisc replace dev ${port} ingress`, `qdisc del dev ${port} ingress`]);
    await tc([`qdisc replace dev ${port} root pfifo`, `qdisc del dev ${port} root`]);
    return deleteLinks([blockLink(plan, slot)]);
  }
  if (!linkExists(blockLink(plan, slot))) await ip(blockBatch(plan, slot)).catch(explain);
  await tc(shapeBatch(plan, slot, rateBits)).catch(explain);
};

/** Tells a kernel without the link type, discipline, classifier or action from other failures. */
export const explain = (error: unknown): never => {
  const aboutRates = error instanceof Refusal && /^(tc |ip link add ib)/.test(error.message);
  if (!aboutRates || !/Unknown device type|is unknown|not found|not supported|load TC action/.test(error.message)) throw error;
  const remedy = 'leave --net-rate away, or use a kernel with ifb, tbf, u32 and mirred';
  throw new Refusal('limit-unsupported', ['the network rate', error.message, remedy], { cause: error });
};

/** What may pass at once after a pause: 10 ms at full rate, and no less than a few Ethernet frames. */
const burstBytes = (rateBits: number): number => Math.max(16_384, Math.round((rateBits / 8) * 0.01));

/** How long a packet may wait before the queue counts as full. */
const latencyMs = 50;
