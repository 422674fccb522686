/** The network of an environment: a wire of its own, loopback alone, or the host's. */
import { existsSync } from 'node:fs';
import type { Definition, Usage } from '../environment/index.ts';
import { writeInPlace } from '../host/file/files.ts';
import { answersNames, leftovers, lowerBridge, plugged, raiseBridge, repairBridge } from '../host/network/index.ts';
import { isRootless } from '../host/user/index.ts';
import { placeOf, type Surroundings } from './place.ts';
import { hostsText } from './start/names.ts';
import type { Held } from './start/namespaces.ts';
import type { Stray, Wire, WireEnd } from './wire/wire.ts';

const wire = async (): Promise<Wire> =>
  isRootless() ? (await import('./wire/user.ts')).userWire : (await import('./wire/bridge.ts')).bridgeWire;

/** Wires a network namespace that is held; a bridge must be up. */
export const plugIn = async (definition: Definition, surroundings: Surroundings, held: Held, end: WireEnd): Promise<void> =>
  (await wire()).plugIn(definition, surroundings, held, end);

/** Safe to repeat, also where nothing was plugged. */
export const unplug = async (definition: Definition, surroundings: Surroundings): Promise<void> => {
  if (definition.spec.network === 'bridge') await (await wire()).unplug(definition, surroundings);
};

export const changeRate = async (definition: Definition, surroundings: Surroundings, rateBits: number | undefined): Promise<void> => {
  if (definition.spec.network === 'bridge') await (await wire()).changeRate(definition, surroundings, rateBits);
};

export const changePorts = async (definition: Definition, surroundings: Surroundings): Promise<void> => {
  if (definition.spec.network === 'bridge') await (await wire()).changePorts(definition, surroundings);
};

/** Others resolve the new name at once; so does it itself, though its host name stays until the next start. */
export const changeName = async (definition: Definition, surroundings: Surroundings): Promise<void> => {
  const { hostsFile } = placeOf(surroundings, definition);
  if (!existsSync(hostsFile)) return;
  writeInPlace(hostsFile, hostsText(definition));
  if (definition.spec.network === 'bridge') await (await wire()).rename(definition, surroundings);
};

export const networkUse = async (definition: Definition, surroundings: Surroundings): Promise<Usage['network']> =>
  definition.spec.network === 'bridge' ? (await wire()).use(definition, surroundings) : null;

/** Wires whose environment is gone. */
export const strayWires = async (surroundings: Surroundings, living: readonly Definition[]): Promise<readonly Stray[]> =>
  (await wire()).strays(living, surroundings);

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
