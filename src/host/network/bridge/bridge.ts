/** A bridge with everything that belongs to it, up and down. Both may be repeated, and finish what a killed process began. */
import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { makeDirectory, removeTree } from '../../files.ts';
import { parseAddress } from '../address/ipv4.ts';
import { macOf } from '../address/subnet.ts';
import { readRecords } from '../port/record.ts';
import { deleteLinks, ip, linkExists, linkNames, readSysctl, withoutIpv6, writeSysctl } from '../programs/iproute.ts';
import { nft } from '../programs/nft.ts';
import { requirePrograms } from '../programs/program.ts';
import { answerNames, answersNames, makeSearchable, stopAnswering } from './dnsmasq.ts';
import {
  isForwarding,
  listBridges,
  owesForwarding,
  settleForwarding,
  turnedOnNote,
  turnOffForwarding,
  turnOnForwarding,
} from './forwarding.ts';
import { allPortLinks, type BridgePlan, pathOf, portLink } from './plan.ts';
import { removalText, tablesText } from './ruleset.ts';

/**
 * Makes sure the bridge is up, in a fraction of a millisecond if it is. Calls for one bridge must not overlap. Throws
 * `program-missing`, `port-taken` where another name server holds the gateway's port 53, `host-command-failed`.
 */
export const raiseBridge = async (plan: BridgePlan): Promise<void> => {
  if (!looksUp(plan)) await repairBridge(plan);
};

/** The same without looking first: brings back whatever somebody else removed, e.g. the tables after `nft flush ruleset`. */
export const repairBridge = async (plan: BridgePlan): Promise<void> => {
  requirePrograms(['ip', 'nft', 'nsenter', 'ss', 'dnsmasq']);
  // Without a bridge no port is plugged, so files that say otherwise are older than it.
  if (!linkExists(plan.link)) await forget(plan);
  makeSearchable(pathOf.hosts(plan));
  makeDirectory(pathOf.ports(plan), 0o700);
  await raiseLink(plan);
  await raiseTables(plan);
  turnOnForwarding();
  // Last, because its being there counts as a sign that all is.
  await answerNames(plan);
};

/** Both tables, with the elements of all plugged ports, and of one that is being plugged. */
export const raiseTables = (plan: BridgePlan, coming?: number): Promise<void> =>
  nft(
    tablesText(
      plan,
      readRecords(plan).filter(({ slot }) => slot === coming || linkExists(portLink(plan, slot))),
    ),
  );

/** Removes the bridge and all its ports, and leaves no trace of it. */
export const lowerBridge = async (plan: BridgePlan): Promise<void> => {
  const turnedOff = await turnOffForwarding(plan);
  await deleteLinks([...linkNames(allPortLinks(plan)), plan.link]);
  await nft(removalText(plan));
  await forget(plan);
  if (turnedOff) await settleForwarding();
};

/** Ends the name server and removes what isola wrote; the directory too, unless it holds something else. */
const forget = async (plan: BridgePlan): Promise<void> => {
  await stopAnswering(plan);
  removeTree(pathOf.hosts(plan));
  removeTree(pathOf.ports(plan));
  if (existsSync(plan.directory) && readdirSync(plan.directory).length === 0) rmdirSync(plan.directory);
};

const raiseLink = async (plan: BridgePlan): Promise<void> => {
  const { link, gateway, prefix } = plan;
  const bridges = await listBridges();
  // Addresses never wander between ports: what was learned stays right until its port goes, and no frame is flooded to strangers.
  const create = `link add ${link} address ${macOf(gateway)} type bridge ageing_time ${ageingTime}`;
  await ip([
    ...(linkExists(link) ? [] : [create]),
    ...(owesForwarding(plan, bridges) ? [`link set ${link} alias "${turnedOnNote}"`] : []),
    `link set ${link} ${withoutIpv6()} up`,
    `address replace ${gateway}/${prefix} dev ${link}`,
  ]);
  if (readSysctl(`net/ipv6/conf/${link}/disable_ipv6`) !== undefined) writeSysctl(`net/ipv6/conf/${link}/disable_ipv6`, '1');
  writeSysctl(routesLoopback(plan), '1');
};

/** In hundredths of a second, as ip-link(8) counts it: eleven days. */
const ageingTime = 100_000_000;

/** Ports published on 127.0.0.1 need it; ruleset.ts closes what else it would open: ip-sysctl.rst, route_localnet. */
const routesLoopback = ({ link }: BridgePlan): string => `net/ipv4/conf/${link}/route_localnet`;

const looksUp = (plan: BridgePlan): boolean =>
  isRouted(plan) && readSysctl(routesLoopback(plan)) === '1' && isForwarding() && answersNames(plan);

/** The kernel routes the subnet to the bridge while it is up and has its address: proc_net(5), route. */
const isRouted = ({ link, subnet }: BridgePlan): boolean => {
  const first = parseAddress(subnet.split('/')[0] ?? '') ?? 0;
  const bytes = [0, 8, 16, 24].map((shift) => ((first >>> shift) & 255).toString(16).padStart(2, '0'));
  return readFileSync('/proc/net/route', 'utf8').includes(`${link}\t${bytes.join('').toUpperCase()}\t`);
};
