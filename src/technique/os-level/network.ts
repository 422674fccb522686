/** The network of an environment: a port on the store's bridge, loopback alone, or the host's own. */
import { existsSync } from 'node:fs';
import type { Definition, Usage } from '../../environment/index.ts';
import { makeDirectory, writeInPlace, writeWhole } from '../../host/files.ts';
import {
  bridgeResolv,
  bringUpLoopback,
  hostResolv,
  leftovers,
  lowerBridge,
  plug,
  plugged,
  portUse,
  raiseBridge,
  rename,
  setPublish,
  setRate,
  unplug as unplugPort,
} from '../../host/network/index.ts';
import type { Held } from './namespaces.ts';
import { type Place, placeOf, type Surroundings } from './place.ts';

/** Wires the namespaces that are held for it; the bridge is raised if it isn't up. */
export const plugIn = async (definition: Definition, surroundings: Surroundings, held: Held | undefined): Promise<void> => {
  const { spec, address, slot } = definition;
  if (spec.network === 'host' || held === undefined) return;
  if (spec.network === 'none' || address === null) return bringUpLoopback(held.pid);
  const bridge = await surroundings.bridge();
  await surroundings.alone('services', 'start', () => raiseBridge(bridge));
  await plug(bridge, {
    slot,
    pid: held.pid,
    ip: address.ip,
    names: namesOf(definition),
    publish: spec.publish,
    rateBits: spec.limits.networkBits ?? null,
  });
};

/** Safe to repeat, also where nothing was plugged. */
export const unplug = async ({ spec, slot }: Definition, surroundings: Surroundings): Promise<void> => {
  if (spec.network === 'bridge') await unplugPort(await surroundings.bridge(), slot);
};

export const changeRate = async ({ spec, slot }: Definition, surroundings: Surroundings, rateBits: number | undefined): Promise<void> => {
  if (spec.network === 'bridge') await setRate(await surroundings.bridge(), slot, rateBits ?? null);
};

export const changePorts = async ({ spec, slot }: Definition, surroundings: Surroundings): Promise<void> => {
  if (spec.network === 'bridge') await setPublish(await surroundings.bridge(), slot, spec.publish);
};

/** Others resolve the new name at once; so does it itself, though its host name stays until the next start. */
export const changeName = async (definition: Definition, surroundings: Surroundings): Promise<void> => {
  const { hostsFile } = placeOf(surroundings, definition);
  if (!existsSync(hostsFile)) return;
  writeInPlace(hostsFile, hostsText(definition));
  if (definition.spec.network === 'bridge') rename(await surroundings.bridge(), definition.slot, namesOf(definition));
};

export const networkUse = async ({ spec, slot }: Definition, surroundings: Surroundings): Promise<Usage['network']> => {
  if (spec.network !== 'bridge') return null;
  const use = await portUse(await surroundings.bridge(), slot);
  return use === undefined ? null : { receivedBytes: use.receivedBytes, sentBytes: use.sentBytes, hits: use.hits };
};

/** The files that are shown as /etc/hosts, resolv.conf and hostname. */
export const writeNameFiles = (definition: Definition, place: Place): void => {
  const { spec, address } = definition;
  makeDirectory(place.running, 0o711);
  writeWhole(place.hostsFile, hostsText(definition));
  writeWhole(place.hostnameFile, `${spec.hostname}\n`);
  writeWhole(place.resolvFile, spec.network === 'host' ? hostResolv() : address === null ? '' : bridgeResolv(address.gateway));
};

/** Ports whose environment is gone. */
export const strayPorts = async (surroundings: Surroundings, livingSlots: ReadonlySet<number>): Promise<readonly number[]> =>
  plugged(await surroundings.bridge()).flatMap(({ slot }) => (livingSlots.has(slot) ? [] : [slot]));

export const unplugStray = async (surroundings: Surroundings, slot: number): Promise<void> => unplugPort(await surroundings.bridge(), slot);

export const lowerBridgeOf = async (surroundings: Surroundings): Promise<void> => {
  if (await surroundings.hasBridge()) await lowerBridge(await surroundings.bridge());
};

/** What is there of a bridge that nobody uses. */
export const bridgeLeftovers = async (surroundings: Surroundings): Promise<readonly string[]> =>
  (await surroundings.hasBridge()) ? leftovers(await surroundings.bridge()) : [];

const namesOf = ({ name, spec }: Definition): readonly string[] => [...new Set([name, spec.hostname])];

const hostsText = (definition: Definition): string => {
  const { address } = definition;
  const own = [...namesOf(definition)].join(' ');
  const lines = ['127.0.0.1 localhost', '::1 localhost ip6-localhost ip6-loopback', `${address?.ip ?? '127.0.1.1'} ${own}`];
  return `${lines.join('\n')}\n`;
};
