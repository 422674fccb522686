/** The files that are shown inside as /etc/hosts, resolv.conf and hostname. */
import type { Definition } from '../../environment/index.ts';
import { makeDirectory, writeWhole } from '../../host/file/files.ts';
import { bridgeResolv, hostResolv } from '../../host/network/address/resolv.ts';
import type { Place } from '../place.ts';

export const writeNameFiles = (definition: Definition, place: Place): void => {
  const { spec } = definition;
  makeDirectory(place.running, 0o711);
  writeWhole(place.hostsFile, hostsText(definition));
  writeWhole(place.hostnameFile, `${spec.hostname}\n`);
  writeWhole(place.resolvFile, resolvText(definition));
};

export const resolvText = ({ spec, address }: Definition): string =>
  spec.network === 'host' ? hostResolv() : address === null ? '' : bridgeResolv(address.gateway);

/** What it is called: by its own name, and by its host name. */
export const namesOf = ({ name, spec }: Definition): readonly string[] => [...new Set([name, spec.hostname])];

export const hostsText = (definition: Definition): string => {
  const own = `${definition.address?.ip ?? '127.0.1.1'} ${namesOf(definition).join(' ')}`;
  return `127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n${own}\n`;
};
