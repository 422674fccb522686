/** The way to a bridge that is usually up already: a look costs a fraction of a millisecond and loads little. */
import { readFileSync } from 'node:fs';
import { parseAddress } from '../address/ipv4.ts';
import { readSysctl } from '../programs/iproute.ts';
import { answersNames } from './names.ts';
import { type BridgePlan, forwardingSysctl, routesLoopback } from './plan.ts';

/**
 * Makes sure the bridge is up, in a fraction of a millisecond if it is. Calls for one bridge must not overlap. Throws
 * `program-missing`, `port-taken` where another name server holds the gateway's port 53, `host-command-failed`.
 */
export const raiseBridge = async (plan: BridgePlan): Promise<void> => {
  if (!looksUp(plan)) await (await import('./bridge.ts')).repairBridge(plan);
};

const looksUp = (plan: BridgePlan): boolean =>
  isRouted(plan) && readSysctl(routesLoopback(plan)) === '1' && readSysctl(forwardingSysctl) === '1' && answersNames(plan);

/** The kernel routes the subnet to the bridge while it is up and has its address: proc_net(5), route. */
const isRouted = ({ link, subnet }: BridgePlan): boolean => {
  const first = parseAddress(subnet.split('/')[0] ?? '') ?? 0;
  const bytes = [0, 8, 16, 24].map((shift) => ((first >>> shift) & 255).toString(16).padStart(2, '0'));
  return readFileSync('/proc/net/route', 'utf8').includes(`${link}\t${bytes.join('').toUpperCase()}\t`);
};
