/** The choice of a new bridge's subnet. */
import { Refusal } from '../../../environment/index.ts';
import { readIfThere } from '../../file/files.ts';
import { ipJson } from '../programs/iproute.ts';
import { type Network, overlap, parseNetwork, showNetwork, sizeOf } from './ipv4.ts';
import { nameservers, resolvFiles } from './resolv.ts';

/** A bridge's share: 4,094 addresses, four times what a Linux bridge has ports. */
const subnetPrefix = 20;

/** Private networks (RFC 1918), the roomiest first. */
const pools: readonly Network[] = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].flatMap((text) => parseNetwork(text) ?? []);

/**
 * A /20 that nothing on this host knows yet, of 10.0.0.0/8 if possible: no address, route, gateway or name server of any table
 * is in it. Where the search begins follows from the tag, so that hosts differ. Throws `exhausted`.
 */
export const chooseSubnet = async (tag: string): Promise<string> => {
  const taken = await takenNetworks();
  for (const pool of pools) {
    const count = sizeOf(pool.prefix) / sizeOf(subnetPrefix);
    const start = Number.parseInt(tag, 16) % count;
    for (let step = 0; step < count; step++) {
      const subnet = { first: pool.first + ((start + step) % count) * sizeOf(subnetPrefix), prefix: subnetPrefix };
      if (!taken.some((network) => overlap(network, subnet))) return showNetwork(subnet);
    }
  }
  throw new Refusal('exhausted', ['private /20 networks of this host', 4368]);
};

interface Route {
  readonly dst: string;
  readonly gateway?: string;
}
interface LinkAddresses {
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number }[];
}

const takenNetworks = async (): Promise<readonly Network[]> => {
  const [routes, links] = await Promise.all([
    ipJson<Route>(['-4', 'route', 'show', 'table', 'all']),
    ipJson<LinkAddresses>(['-4', 'address', 'show']),
  ]);
  const texts = [
    ...routes.flatMap(({ dst, gateway }) => [dst, gateway ?? '']),
    ...links.flatMap(({ addr_info }) => (addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`)),
    ...resolvFiles.flatMap((file) => nameservers(readIfThere(file) ?? '')),
  ];
  // A route wider than /8 is a default route, whole or in halves: it takes nothing.
  return texts.flatMap((text) => parseNetwork(text) ?? []).filter(({ prefix }) => prefix >= 8);
};
