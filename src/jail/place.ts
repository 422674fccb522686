/** Where the host resources of one environment are. Every name follows from its id, so that a crash leaves nothing unfindable. */

import type { Abort, Definition, Spec } from '../environment/index.ts';
import type { BridgePlan } from '../host/network/index.ts';
import { idsHere, isRootless } from '../host/user/index.ts';

/** What the technique is told about its surroundings when isola starts. */
export interface Surroundings {
  /** The store's directory, e.g. /var/lib/isola: what lasts. */
  readonly store: string;
  /** The store's runtime directory, e.g. /run/isola/1a2b: what goes with the boot. */
  readonly runtime: string;
  /** Directory of the programs that isola brings for guests: the agent, its relay. */
  readonly guest: string;
  /** Four hex digits that mark the host-wide resources of this store. */
  readonly tag: string;
  /** First host user id of slot 0. */
  readonly firstUid: number;
  /** The bridge's plan; its subnet is chosen when it is first asked for. */
  bridge(): Promise<BridgePlan>;
  /** Whether a subnet was ever chosen. */
  hasBridge(): Promise<boolean>;
  /** A command line that runs isola on this store, to be completed with a verb and operands. */
  readonly self: readonly string[];
  /** Runs work alone among all isola processes of this store. */
  alone<T>(subject: string, purpose: string, work: () => Promise<T>, signal?: Abort): Promise<T>;
}

/** Ids in one environment's range: 0 … 65535, as Debian's own tools give them. */
export const idsPerSlot = 65_536;

/** How many user ids there are inside, from 0 on. */
export const idsOf = ({ userns }: Pick<Spec, 'userns'>): number =>
  isRootless() ? idsHere() : userns === 'private' ? idsPerSlot : 2 ** 32 - 1;

export interface Place {
  /** Host user id of root inside; 0 where it shares isola's ids: the host's, or those of an ordinary user's namespace. */
  readonly base: number;
  readonly lasting: string;
  /** Mount point or directory of the root file system. */
  readonly root: string;
  readonly upper: string;
  readonly work: string;
  readonly lower: string;
  readonly image: string;
  readonly snapshots: string;
  readonly log: string;
  /** The runtime bundle; conmon keeps its sockets here too. */
  readonly running: string;
  readonly pidFile: string;
  readonly keeperPidFile: string;
  readonly exitDirectory: string;
  /** Its presence tells the keeper that somebody else cleans up. */
  readonly leaveFile: string;
  readonly hostsFile: string;
  readonly resolvFile: string;
  readonly hostnameFile: string;
  /** State directory of the OCI runtime, for all environments. */
  readonly runtimeState: string;
  /** What it notes there of this one. */
  readonly state: string;
  /** Path of the control group below every hierarchy. */
  readonly group: string;
}

export const parentGroup = (tag: string): string => `isola-${tag}`;

/** Where keepers live: they must outlast the session or service that called isola. */
export const keepersGroup = (tag: string): string => `${parentGroup(tag)}/keepers`;

export const placeOf = (surroundings: Surroundings, { id, slot, spec }: Definition): Place => ({
  base: spec.userns === 'private' && !isRootless() ? surroundings.firstUid + slot * idsPerSlot : 0,
  ...placesOf(surroundings, id),
});

/** Where the parts of its root file system are, of whichever kind. */
export const rootIn = (lasting: string): Pick<Place, 'lasting' | 'root' | 'upper' | 'work' | 'lower' | 'image'> => ({
  lasting,
  root: `${lasting}/root`,
  upper: `${lasting}/upper`,
  work: `${lasting}/work`,
  lower: `${lasting}/lower`,
  image: `${lasting}/disk.img`,
});

/** What follows from its id alone. */
export const placesOf = ({ store, runtime, tag }: Surroundings, id: string): Omit<Place, 'base'> => {
  const lasting = `${store}/ve/${id}`;
  const running = `${runtime}/ve/${id}`;
  return {
    ...rootIn(lasting),
    snapshots: `${lasting}/snapshots`,
    log: `${lasting}/log`,
    running,
    pidFile: `${running}/pid`,
    keeperPidFile: `${running}/keeper.pid`,
    exitDirectory: `${running}/exit`,
    leaveFile: `${running}/leave`,
    hostsFile: `${running}/hosts`,
    resolvFile: `${running}/resolv.conf`,
    hostnameFile: `${running}/hostname`,
    runtimeState: `${runtime}/crun`,
    state: `${runtime}/crun/${id}`,
    group: `${parentGroup(tag)}/${id}`,
  };
};
