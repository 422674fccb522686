/** What went through a port. */
import { readIfThere } from '../../file/files.ts';
import { type BridgePlan, blockLink, portLink } from '../bridge/plan.ts';
import { linkExists } from '../programs/iproute.ts';
import { start } from '../programs/program.ts';

/** As seen from inside, since the port was plugged. */
export interface PortUse {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly sentPackets: number;
  /** How often the rate limit made traffic wait or dropped a packet, both ways; null without a limit. */
  readonly hits: number | null;
}

/** undefined where nothing is plugged. Without a rate limit this starts no process. */
export const portUse = async (plan: BridgePlan, slot: number): Promise<PortUse | undefined> => {
  const link = portLink(plan, slot);
  const [receivedBytes, sentBytes, receivedPackets, sentPackets] = ['tx_bytes', 'rx_bytes', 'tx_packets', 'rx_packets'].map((name) =>
    readIfThere(`/sys/class/net/${link}/statistics/${name}`),
  );
  if (receivedBytes === undefined) return undefined;
  return {
    receivedBytes: Number(receivedBytes),
    sentBytes: Number(sentBytes),
    receivedPackets: Number(receivedPackets),
    sentPackets: Number(sentPackets),
    hits: linkExists(blockLink(plan, slot)) ? await limitHits([link, blockLink(plan, slot)]) : null,
  };
};

/** `(dropped 3, overlimits 1250 requeues 0)`: a drop is a full queue, an overlimit an attempt to send that had to wait. */
const limitHits = async (links: readonly string[]): Promise<number> => {
  const { stdout } = await start('tc', ['-s', '-batch', '-']).feed(links.map((link) => `qdisc show dev ${link} root\n`).join(''));
  const counts = [...stdout.matchAll(/dropped (\d+), overlimits (\d+)/g)];
  return counts.reduce((sum, [, dropped, overlimits]) => sum + Number(dropped) + Number(overlimits), 0);
};
