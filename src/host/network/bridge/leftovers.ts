/** What exists of a bridge right now, in words for people. Empty after `lowerBridge`. */
import { existsSync, readdirSync } from 'node:fs';
import { linkNames } from '../programs/iproute.ts';
import { listNft } from '../programs/nft.ts';
import { serversOf } from './dnsmasq.ts';
import { allPortLinks, type BridgePlan, pathOf } from './plan.ts';

export const leftovers = async (plan: BridgePlan): Promise<readonly string[]> => {
  const ports = allPortLinks(plan);
  const links = linkNames(/^i/).filter((name) => name === plan.link || ports.test(name));
  const tables = (await listNft('tables')).flatMap(({ table }) => (table?.name === plan.table ? [`${table.family} ${table.name}`] : []));
  const files = [pathOf.pid(plan), ...filesIn(pathOf.hosts(plan)), ...filesIn(pathOf.ports(plan))].filter(existsSync);
  return [
    ...links.map((name) => `link ${name}`),
    ...tables.map((name) => `nftables table ${name}`),
    ...serversOf(plan).map((pid) => `dnsmasq, process ${pid}`),
    ...files.map((path) => `file ${path}`),
  ];
};

const filesIn = (directory: string): readonly string[] =>
  existsSync(directory) ? readdirSync(directory).map((name) => `${directory}/${name}`) : [];
