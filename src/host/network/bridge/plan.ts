/** Names of everything a bridge consists of. They follow from its tag, so that what a killed process left is found. */
import { gatewayOf, networkOf } from '../address/subnet.ts';

export interface BridgePlan {
  /** 4 hex digits that tell the stores of one kernel apart. */
  readonly tag: string;
  /** The bridge's link, `isola<tag>`. */
  readonly link: string;
  /** Name of its nftables tables, of the families ip and bridge. */
  readonly table: string;
  readonly subnet: string;
  readonly gateway: string;
  readonly prefix: number;
  /** Runtime files. Everybody must be able to search it and the directories above: dnsmasq reads there as its own user. */
  readonly directory: string;
}

/** `subnet` is what chooseSubnet returned when the store was made. */
export const planBridge = (tag: string, subnet: string, directory: string): BridgePlan => {
  if (!/^[0-9a-f]{4}$/.test(tag)) throw new RangeError(`${tag} is no tag of 4 hex digits`);
  const { prefix } = networkOf(subnet);
  return { tag, link: `isola${tag}`, table: `isola-${tag}`, subnet, gateway: gatewayOf(subnet), prefix, directory };
};

/** Bridges of all stores in this network namespace. */
export const bridgeLinks = /^isola[0-9a-f]{4}$/;

/** The host's switch for IPv4 forwarding: ip-sysctl.rst. */
export const forwardingSysctl = 'net/ipv4/ip_forward';

/** The host's end of an environment's cable. */
export const portLink = ({ tag }: BridgePlan, slot: number): string => `is${tag}${slot.toString(16)}`;
/** The intermediate functional block that queues what an environment sends, where its rate is limited. */
export const blockLink = ({ tag }: BridgePlan, slot: number): string => `ib${tag}${slot.toString(16)}`;

export const portLinks = ({ tag }: BridgePlan): RegExp => new RegExp(`^is${tag}([0-9a-f]{1,9})$`);
/** Ports and blocks. */
export const allPortLinks = ({ tag }: BridgePlan): RegExp => new RegExp(`^i[sb]${tag}[0-9a-f]{1,9}$`);

export const slotOf = (plan: BridgePlan, link: string): number => Number.parseInt(portLinks(plan).exec(link)?.[1] ?? '', 16);

export const pathOf = {
  ports: ({ directory }: BridgePlan): string => `${directory}/ports`,
  hosts: ({ directory }: BridgePlan): string => `${directory}/hosts`,
  pid: ({ directory }: BridgePlan): string => `${directory}/dnsmasq.pid`,
} as const;

/** Ports published on 127.0.0.1 need it; ruleset.ts closes what else it would open: ip-sysctl.rst, route_localnet. */
export const routesLoopback = ({ link }: BridgePlan): string => `net/ipv4/conf/${link}/route_localnet`;
