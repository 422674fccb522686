/** Which addresses a bridge and its environments have. */
import type { Address } from '../../../environment/index.ts';
import { Refusal } from '../../../environment/index.ts';
import { lastOf, type Network, parseAddress, parseNetwork, showAddress, sizeOf } from './ipv4.ts';

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
