/** A bridge with everything that belongs to it, up and down. Both may be repeated, and finish what a killed process began. */
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { makeDirectory, removeTree } from '../../file/files.ts';
import { macOf } from '../address/subnet.ts';
import { readRecords } from '../port/record.ts';
import { deleteLinks, ip, linkExists, linkNames, readSysctl, withoutIpv6, writeSysctl } from '../programs/iproute.ts';
import { nft, tryNft } from '../programs/nft.ts';
import { all, requirePrograms } from '../programs/program.ts';
import { answerNames, makeSearchable, stopAnswering } from './dnsmasq.ts';
import { listBridges, owesForwarding, settleForwarding, turnedOnNote, turnOffForwarding, turnOnForwarding } from './forwarding.ts';
import { allPortLinks, type BridgePlan, pathOf, portLink, routesLoopback } from './plan.ts';
import { creationText, removalText, replacementText } from './ruleset.ts';

/** Makes and mends everything, e.g. the tables after `nft flush ruleset`. Throws as raiseBridge does. */
export const repairBridge = async (plan: BridgePlan): Promise<void> => {
  requirePrograms(['ip', 'nft', 'nsenter', 'ss', 'dnsmasq']);
  // Without a bridge no port is plugged, so files that say otherwise are older than it.
  if (!linkExists(plan.link) && existsSync(plan.directory)) await forget(plan);
  makeSearchable(pathOf.hosts(plan));
  makeDirectory(pathOf.ports(plan), 0o700);
  await all([raiseLink(plan), raiseTables(plan)]);
  turnOnForwarding();
  // Last, because its being there counts as a sign that all is.
  await answerNames(plan);
};

/**
 * Both tables, with the elements of all plugged ports, and of one that is being plugged. Removing tables takes the kernel several times as
 * long as making them (measured: 20 ms and 5), so that is done only where there are any.
 */
export const raiseTables = async (plan: BridgePlan, coming?: number): Promise<void> => {
  const ports = readRecords(plan).filter(({ slot }) => slot === coming || linkExists(portLink(plan, slot)));
  const fault = await tryNft(creationText(plan, ports));
  if (fault?.kind === 'taken') return nft(replacementText(plan, ports));
  if (fault) throw fault.refusal;
};

/** Removes the bridge and all its ports, and leaves no trace of it. */
export const lowerBridge = async (plan: BridgePlan): Promise<void> => {
  const turnedOff = await turnOffForwarding(plan);
  await all([deleteLinks([...linkNames(allPortLinks(plan)), plan.link]), nft(removalText(plan)), forget(plan)]);
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
  // Addresses never wander between ports: where a MAC was seen is right until its port goes, and frames for the silent aren't flooded.
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
