/** What the packet filter is told: nft(8). The rules are the same for one environment and for a thousand; those are elements of sets. */
import type { Publish } from '../../../environment/index.ts';
import { macOf } from '../address/subnet.ts';
import { type BridgePlan, portLink } from './plan.ts';

/** What of a port the packet filter knows. */
export interface FilteredPort {
  readonly slot: number;
  readonly ip: string;
  readonly publish: readonly Publish[];
}

/** Makes both tables with all their elements. Refused as a whole if there is one already. */
export const creationText = (plan: BridgePlan, ports: readonly FilteredPort[]): string =>
  [
    ...families.map((family) => `create table ${family} ${plan.table}`),
    ipTable(plan),
    bridgeTable(plan),
    ...ports.map((port) => additionText(elementsOf(plan, port))),
  ].join('\n');

/** The same in place of what is there, in one step. */
export const replacementText = (plan: BridgePlan, ports: readonly FilteredPort[]): string =>
  [removalText(plan), creationText(plan, ports)].join('\n');

/** Removes both tables, whether they are there or not. */
export const removalText = ({ table }: BridgePlan): string =>
  families.map((family) => `add table ${family} ${table}\ndelete table ${family} ${table}`).join('\n');

const families = ['ip', 'bridge'] as const;

export const additionText = (elements: readonly string[]): string => elements.map((element) => `add element ${element}`).join('\n');

/** Deleting what isn't there is no error: each is added first, in the same transaction. */
export const deletionText = (elements: readonly string[]): string =>
  [additionText(elements), ...elements.map((element) => `delete element ${element}`)].join('\n');

/** All that the packet filter knows of a port. */
export const elementsOf = (plan: BridgePlan, port: FilteredPort): readonly string[] => [
  `bridge ${plan.table} guard { "${portLink(plan, port.slot)}" . ${macOf(port.ip)} . ${port.ip} }`,
  ...publishedElements(plan, port.ip, port.publish),
];

export const publishedElements = ({ table }: BridgePlan, ip: string, publish: readonly Publish[]): readonly string[] =>
  publish.map(({ protocol, hostAddress, hostPort, port }) =>
    hostAddress === '0.0.0.0'
      ? `ip ${table} published_anywhere { ${protocol} . ${hostPort} : ${ip} . ${port} }`
      : `ip ${table} published { ${protocol} . ${hostAddress} . ${hostPort} : ${ip} . ${port} }`,
  );

/*
 * loopback   a bridge that routes 127.0.0.0/8 (for ports published there) would let environments reach the host's loopback services
 * prerouting, output   published ports, for others and for the host itself; an environment's questions to its own name server
 *            are not redirected, even if somebody publishes port 53 on every address
 * input      the gateway's address belongs to its own environments and to the host
 * forward    from elsewhere come answers and what was published, nothing else; environments of another store are elsewhere
 * postrouting  out: the host's address; in from loopback, and back to the bridge: the gateway's, so that answers return through it
 */
const ipTable = ({ table, link, gateway, subnet }: BridgePlan): string => `table ip ${table} {
  map published { type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service; }
  map published_anywhere { type inet_proto . inet_service : ipv4_addr . inet_service; }
  chain loopback { type filter hook prerouting priority raw; policy accept;
    iifname "${link}" ip daddr 127.0.0.0/8 drop
  }
  chain prerouting { type nat hook prerouting priority dstnat; policy accept;
    iifname "isola*" meta l4proto { tcp, udp } th dport 53 fib daddr . iif type local accept
    dnat ip to meta l4proto . ip daddr . th dport map @published
    fib daddr type local dnat ip to meta l4proto . th dport map @published_anywhere
  }
  chain output { type nat hook output priority -100; policy accept;
    ip daddr ${gateway} meta l4proto { tcp, udp } th dport 53 accept
    dnat ip to meta l4proto . ip daddr . th dport map @published
    fib daddr type local dnat ip to meta l4proto . th dport map @published_anywhere
  }
  chain input { type filter hook input priority filter; policy accept;
    ip daddr ${gateway} iifname != { "lo", "${link}" } drop
  }
  chain forward { type filter hook forward priority filter; policy accept;
    oifname != "${link}" accept
    iifname "${link}" accept
    ct state established,related accept
    ct status dnat accept
    drop
  }
  chain postrouting { type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${subnet} oifname != { "lo", "${link}" } masquerade
    oifname "${link}" ip saddr 127.0.0.0/8 masquerade
    oifname "${link}" ip saddr ${subnet} ct status dnat masquerade
  }
}`;

/*
 * From a port comes IPv4 with the port's own MAC and address, and ARP that says the same; no IPv6, no VLAN tags, no spanning tree, no
 * answers of a DHCP server (RFC 2131, 4.1: port 67).
 */
const bridgeTable = ({ table, tag }: BridgePlan): string => `table bridge ${table} {
  set guard { type ifname . ether_addr . ipv4_addr; }
  chain prerouting { type filter hook prerouting priority -300; policy accept;
    iifname != "is${tag}*" accept
    ether type != { ip, arp } drop
    udp sport 67 drop
    iifname . ether saddr . ip saddr @guard accept
    iifname . ether saddr . arp saddr ip @guard iifname . arp saddr ether . arp saddr ip @guard accept
    drop
  }
}`;
