/** Which addresses a bridge and its environments have. */
import type { Address } from '../../../environment/index.ts';
import { Refusal } from '../../../environment/index.ts';
import { readIfThere } from '../../files.ts';
import { ipJson } from '../programs/iproute.ts';
import { lastOf, type Network, overlap, parseAddress, parseNetwork, showAddress, showNetwork, sizeOf } from './ipv4.ts';
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

/** The bridge's own address: the subnet's first. */
export const gatewayOf = (subnet: string): string => showAddress(networkOf(subnet).first + 1);

/** The n-th environment's address, from 0. Throws `exhausted`. */
export const addressOf = (subnet: string, n: number): Address => {
  const network = networkOf(subnet);
  const most = sizeOf(network.prefix) - 3;
  if (!(n >= 0 && n < most)) throw new Refusal('exhausted', [`addresses of ${subnet}`, most]);
  return describe(network, network.first + 2 + n);
};

/** An address somebody asked for. Throws `address-outside`. */
export const checkAddress = (subnet: string, ip: string): Address => {
  const network = networkOf(subnet);
  const address = parseAddress(ip);
  if (address === undefined || address < network.first + 2 || address >= lastOf(network))
    throw new Refusal('address-outside', [ip, subnet]);
  return describe(network, address);
};

/** Locally administered and the same for ever, so that neighbours' ARP tables stay right: RFC 9542, 2.1. */
export const macOf = (ip: string): string => {
  const octets = ip.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
  return ['02', '69', ...octets].join(':');
};

/** A bridge's subnet, which isola chose and kept. */
export const networkOf = (subnet: string): Network => {
  const network = parseNetwork(subnet);
  if (network === undefined || network.prefix > 29) throw new RangeError(`${subnet} is no subnet for a bridge`);
  return network;
};

const describe = (network: Network, address: number): Address => {
  const ip = showAddress(address);
  return { ip, prefix: network.prefix, gateway: showAddress(network.first + 1), mac: macOf(ip) };
};
