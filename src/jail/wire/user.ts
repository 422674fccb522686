/** An ordinary user's cable to passt(1). Each environment has its own, so none finds another by its name. */
import { type Definition, Refusal } from '../../environment/index.ts';
import { readIfThere } from '../../host/file/files.ts';
import { userCable } from '../../host/network/index.ts';
import { groupOf } from '../group.ts';
import { placesOf, type Surroundings } from '../place.ts';
import { pidIn } from '../start/runtime.ts';
import { addressIn } from './bridge.ts';
import type { Wire } from './wire.ts';

export const userWire: Wire = {
  plugIn: async (definition, surroundings, { pid }, { isBare }) => {
    const { plugUser } = await userCable();
    const { publish } = definition.spec;
    const [socket, program] = [socketOf(definition, surroundings), `${surroundings.guest}/cable`];
    await plugUser({ pid, address: addressIn(definition), publish, isBare, program, socket });
  },
  unplug: async (definition, surroundings) => (await userCable()).unplugUser(socketOf(definition, surroundings)),
  // A limit was refused before.
  changeRate: async () => {},
  changePorts: async (definition, surroundings) => {
    const { isPublished } = await userCable();
    if (isPublished(socketOf(definition, surroundings), definition.spec.publish)) return;
    throw new Refusal('fixed-while-running', [definition.name, 'published ports']);
  },
  rename: async () => {},
  use: async ({ id }, surroundings) => {
    const place = placesOf(surroundings, id);
    const pid = pidIn(place.pidFile, groupOf(place));
    const use = (await userCable()).userUse(readIfThere(`/proc/${pid}/net/dev`) ?? '');
    return use === undefined ? null : { receivedBytes: use.receivedBytes, sentBytes: use.sentBytes, hits: null };
  },
  strays: async (living, { runtime }) => {
    const { unplugUser, userSockets } = await userCable();
    const ids = new Set<string>(living.map(({ id }) => id));
    const prefix = `${runtime}/ve/`;
    return userSockets(prefix).flatMap((socket) => {
      const [id = '', name] = socket.slice(prefix.length).split('/');
      return name !== socketName || ids.has(id) ? [] : [{ what: `cable of ${id}`, remove: () => unplugUser(socket) }];
    });
  },
};

const socketName = 'passt';
const socketOf = ({ id }: Definition, { runtime }: Surroundings): string => `${runtime}/ve/${id}/${socketName}`;
