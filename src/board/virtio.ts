/** Virtio devices of a PC, as functions of slots that nothing else has. */
import {
  type ConsolePort,
  type PciBus,
  VirtioBalloon,
  VirtioBlk,
  VirtioConsole,
  VirtioFs,
  VirtioNet,
  type VirtioPlace,
  VirtioRng,
  VirtioVsock,
} from '../devices/index.ts';
import type { Cable, Disk, FileServer, Gpa, SocketPeer, Stateful } from '../machine/index.ts';

export interface NetworkPlan {
  readonly cable: Cable;
  /** Six bytes. */
  readonly mac: Uint8Array;
}

export interface FilesPlan {
  /** By which a guest mounts it, of up to 36 letters. */
  readonly tag: string;
  readonly server: FileServer;
}

export interface BalloonPlan {
  /** Pages of its memory, one behind the other, that the guest doesn't need: what is in them may be gone from now on. */
  readonly released: (pages: Uint8Array) => void;
  /** The guest has said how much it has lent. */
  readonly lent: () => void;
}

/** What of the plan of a PC is made of virtio devices. */
export interface VirtioPlan {
  /** Network cards, up to eight: where their cables lead. */
  readonly network?: readonly NetworkPlan[];
  /** Lines of bytes, up to eight. */
  readonly console?: readonly ConsolePort[];
  /** Directories as file systems, up to eight. */
  readonly files?: readonly FilesPlan[];
  /** Who is lent memory. */
  readonly balloon?: BalloonPlan;
  /** Who is at the other end of its sockets. */
  readonly sockets?: SocketPeer;
  /** Fills bytes with what nobody can guess. */
  readonly entropy?: ((into: Uint8Array) => void) | undefined;
}

export interface VirtioCards {
  readonly network: readonly VirtioNet[];
  readonly console: VirtioConsole | undefined;
  readonly files: readonly VirtioFs[];
  readonly balloon: VirtioBalloon | undefined;
  readonly sockets: VirtioVsock | undefined;
  /** All of them, by what they are called. */
  readonly all: ReadonlyMap<string, Stateful>;
}

export interface VirtioWires {
  readonly pci: PciBus;
  /** Up to eight. */
  readonly disks: readonly Disk[];
  /** Memory at an address, of which nothing is known any more; undefined where it isn't all in one piece. */
  readonly forgotten: (at: Gpa, bytes: number) => Uint8Array | undefined;
}

/** Each has functions for as many cards as there are. */
const slots = { network: 3, disks: 4, others: 5, files: 6 } as const;

/** The first that no one else has: VIRTIO 1.3, 5.10.4. Each computer has a host of its own. */
const guestCid = 3;

/** Throws a RangeError where there are more of a kind than there can be. */
export const virtioOn = (
  { pci, disks, forgotten }: VirtioWires,
  { network: cables = [], console: ports = [], files: trees = [], balloon, sockets, entropy }: VirtioPlan,
): VirtioCards => {
  const network = inSlot(
    pci,
    slots.network,
    cables.map((plan) => (place) => new VirtioNet({ ...place, ...plan })),
  );
  const blk = inSlot(
    pci,
    slots.disks,
    disks.map((disk, index) => (place) => new VirtioBlk({ ...place, disk, serial: `isola-virtio-${index}` })),
  );
  const files = inSlot(
    pci,
    slots.files,
    trees.map((plan) => (place) => new VirtioFs({ ...place, ...plan })),
  );
  const released = (at: Gpa, bytes: number): void => {
    const pages = forgotten(at, bytes);
    if (pages !== undefined) balloon?.released(pages);
  };
  const others = inSlot<readonly [string, VirtioRng | VirtioConsole | VirtioBalloon | VirtioVsock]>(pci, slots.others, [
    ...(entropy === undefined ? [] : [(place: VirtioPlace) => ['entropy', new VirtioRng({ ...place, entropy })] as const]),
    ...(ports.length === 0 ? [] : [(place: VirtioPlace) => ['virtio console', new VirtioConsole({ ...place, ports })] as const]),
    ...(balloon === undefined
      ? []
      : [(place: VirtioPlace) => ['balloon', new VirtioBalloon({ ...place, released, lent: balloon.lent })] as const]),
    ...(sockets === undefined
      ? []
      : [(place: VirtioPlace) => ['sockets', new VirtioVsock({ ...place, cid: guestCid, peer: sockets })] as const]),
  ]);
  const numbered = (name: string, cards: readonly Stateful[]) => cards.map((card, index) => [`${name} ${index}`, card] as const);
  const all = new Map<string, Stateful>([
    ...numbered('network card', network),
    ...numbered('virtio disk', blk),
    ...numbered('file system', files),
    ...others,
  ]);
  const cards = others.map(([, card]) => card);
  return {
    ...{ network, files, all },
    console: cards.find((card) => card instanceof VirtioConsole),
    balloon: cards.find((card) => card instanceof VirtioBalloon),
    sockets: cards.find((card) => card instanceof VirtioVsock),
  };
};

/** A function each, of which the first says whether there are others. */
const inSlot = <Card>(pci: PciBus, device: number, cards: readonly ((place: VirtioPlace) => Card)[]): readonly Card[] =>
  cards.map((make, index) => make({ slot: pci.slot(device, index), isMultifunction: index === 0 && cards.length > 1 }));
