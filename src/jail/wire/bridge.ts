/** A port on the store's bridge: what the host's root can give. */
import type { Definition } from '../../environment/index.ts';
import { plug, plugged, portUse, rename, setPublish, setRate, unplug } from '../../host/network/index.ts';
import { namesOf } from '../start/names.ts';
import type { Wire } from './wire.ts';

export const bridgeWire: Wire = {
  plugIn: async (definition, surroundings, { pid, ask }, end) => {
    const { spec, slot } = definition;
    await plug(await surroundings.bridge(), {
      slot,
      pid,
      ask,
      ...end,
      ip: addressIn(definition).ip,
      names: namesOf(definition),
      publish: spec.publish,
      rateBits: spec.limits.networkBits ?? null,
    });
  },
  unplug: async ({ slot }, surroundings) => unplug(await surroundings.bridge(), slot),
  changeRate: async ({ slot }, surroundings, rateBits) => setRate(await surroundings.bridge(), slot, rateBits ?? null),
  changePorts: async ({ spec, slot }, surroundings) => setPublish(await surroundings.bridge(), slot, spec.publish),
  rename: async (definition, surroundings) => rename(await surroundings.bridge(), definition.slot, namesOf(definition)),
  use: async ({ slot }, surroundings) => {
    const use = await portUse(await surroundings.bridge(), slot);
    return use === undefined ? null : { receivedBytes: use.receivedBytes, sentBytes: use.sentBytes, hits: use.hits };
  },
  strays: async (living, surroundings) => {
    if (!(await surroundings.hasBridge())) return [];
    const bridge = await surroundings.bridge();
    const slots = new Set(living.map(({ slot }) => slot));
    return plugged(bridge).flatMap(({ slot }) =>
      slots.has(slot) ? [] : [{ what: `bridge port ${slot}`, remove: () => unplug(bridge, slot) }],
    );
  },
};

export const addressIn = ({ name, address }: Definition): NonNullable<Definition['address']> => {
  if (address === null) throw new Error(`${name} is to be wired without an address`);
  return address;
};
