/** Ethernet frames in hexadecimal, right or forged: IEEE 802.3, RFC 826, RFC 791, RFC 768. */
import { parseAddress } from '../address/ipv4.ts';

const hex = (value: number, bytes: number): string => value.toString(16).padStart(bytes * 2, '0');
const mac = (text: string): string => text.replaceAll(':', '');
const address = (text: string): string => hex(parseAddress(text) ?? 0, 4);

export interface Ends {
  readonly fromMac: string;
  readonly toMac: string;
}

export const ethernet = ({ fromMac, toMac }: Ends, type: number, payload: string): string =>
  (mac(toMac) + mac(fromMac) + hex(type, 2) + payload).padEnd(120, '0');

/** A datagram with `payload` (hexadecimal), inside an IPv4 packet. */
export const udp = (from: string, to: string, fromPort: number, toPort: number, payload: string): string => {
  const length = 8 + payload.length / 2;
  const header = (sum: number): string => `4500${hex(20 + length, 2)}000000004011${hex(sum, 2)}${address(from)}${address(to)}`;
  return `${header(checksum(header(0)))}${hex(fromPort, 2)}${hex(toPort, 2)}${hex(length, 2)}0000${payload}`;
};

/** Operation 1 asks, 2 answers. The payload travels as padding. */
export const arp = (operation: 1 | 2, senderMac: string, sender: string, target: string, payload: string): string =>
  `000108000604${hex(operation, 2)}${mac(senderMac)}${address(sender)}000000000000${address(target)}${payload}`;

/** IEEE 802.1Q: the tag stands where the type would. */
export const tagged = (ends: Ends, vlan: number, type: number, payload: string): string =>
  ethernet(ends, 0x8100, hex(vlan, 2) + hex(type, 2) + payload);

const checksum = (header: string): number => {
  let sum = 0;
  for (let at = 0; at < header.length; at += 4) sum += Number.parseInt(header.slice(at, at + 4), 16);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return 0xffff - sum;
};
