/** The network of an environment: a port on the store's bridge, loopback alone, or the host's own. */
import { existsSync } from 'node:fs';
import type { Definition, Usage } from '../environment/index.ts';
import { writeInPlace } from '../host/file/files.ts';
import {
  answersNames,
  leftovers,
  lowerBridge,
  plug,
  plugged,
  portUse,
  raiseBridge,
  rename,
  repairBridge,
  setPublish,
  setRate,
  unplug as unplugPort,
} from '../host/network/index.ts';
import { placeOf, type Surroundings } from './place.ts';
import { hostsText, namesOf } from './start/names.ts';

/** Wires the network namespace of a process that holds it to the bridge, which must be up. `isBare`: the host's kernel doesn't speak there. */
export const plugIn = async (definition: Definition, surroundings: Surroundings, pid: number, isBare: boolean): Promise<void> => {
  const { spec, address, slot } = definition;
  if (address === null) throw new Error(`${definition.name} is to be wired without an address`);
  const bridge = await surroundings.bridge();
  await plug(bridge, {
    slot,
    pid,
    isBare,
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

/** Ports whose environment is gone. */
export const strayPorts = async (surroundings: Surroundings, livingSlots: ReadonlySet<number>): Promise<readonly number[]> =>
  plugged(await surroundings.bridge()).flatMap(({ slot }) => (livingSlots.has(slot) ? [] : [slot]));

export const unplugStray = async (surroundings: Surroundings, slot: number): Promise<void> => unplugPort(await surroundings.bridge(), slot);

export const raiseBridgeOf = async (surroundings: Surroundings): Promise<void> => raiseBridge(await surroundings.bridge());
export const lowerBridgeOf = async (surroundings: Surroundings): Promise<void> => lowerBridge(await surroundings.bridge());

/** Whether somebody is plugged into a bridge whose name server is gone. */
export const isNameless = async (surroundings: Surroundings): Promise<boolean> => {
  if (!(await surroundings.hasBridge())) return false;
  const bridge = await surroundings.bridge();
  return plugged(bridge).length > 0 && !answersNames(bridge);
};

/** Brings back what somebody else removed of a bridge in use, e.g. its tables after `nft flush ruleset`. */
export const mendBridge = async (surroundings: Surroundings): Promise<void> => {
  if (!(await surroundings.hasBridge())) return;
  const bridge = await surroundings.bridge();
  if (plugged(bridge).length === 0) return;
  await surroundings.alone('services', 'repair', () => repairBridge(bridge));
};

/** What is there of a bridge that nobody uses. */
export const bridgeLeftovers = async (surroundings: Surroundings): Promise<readonly string[]> =>
  (await surroundings.hasBridge()) ? leftovers(await surroundings.bridge()) : [];
