/** What stands between a computer and the outside when a run is to be had again. */
import type { Media, Pc } from '../../board/index.ts';
import type { Driven, End, Pointed, Receiving, Typed } from '../../desk/index.ts';
import type { Disk } from '../../machine/index.ts';
import { namedIn } from '../../snapshot/index.ts';
import { type Doing, Overlay } from './overlay.ts';
import type { StateDigest } from './state.ts';

/** Stands before a computer: it runs by this, and what comes in goes through this. */
export interface Kept extends Driven {
  readonly serial: Receiving;
  readonly keyboard: Typed;
  readonly mouse: Pointed;
  /** How it ended; undefined: somebody left. Returns what is to be said of that. Throws a Refusal. */
  finish(end: End | undefined): string | undefined;
}

/** What has to be known before there is a computer. */
export interface Keeping {
  readonly startSeconds: number;
  readonly digest: StateDigest;
  /** Does what a disk of this name is asked for. */
  doing(disk: string): Doing;
  /** Throws a Refusal where a recording can't be written. */
  before(pc: Pc): Kept;
  /** The same from its beginning: of a replay. */
  again?(): Keeping;
  [Symbol.dispose](): void;
}

/** Disks whose images stay as they are. */
export const overlaid = (media: Media, keeping: Pick<Keeping, 'doing'>): Media => {
  const made = new Map(namedIn(media).map(([name, disk]) => [disk, new Overlay(disk, keeping.doing(name))]));
  const of = (disk: Disk): Disk => made.get(disk) ?? disk;
  const { disks, ahci, nvme, virtio, floppies, cd } = media;
  const hard = { disks: disks.map(of), ahci: ahci.map(of), nvme: nvme.map(of), virtio: virtio.map(of) };
  return { ...hard, floppies: floppies.map(of), cd: cd && of(cd) };
};

export const momentOf = ({ clock, processor }: Pc): { readonly at: number; readonly after: number } => ({
  at: Number(clock.now),
  after: Number(processor.instructions),
});

export const endingOf = (end: End | undefined): { readonly why: End['why'] | 'left'; readonly status: number } => ({
  why: end?.why ?? 'left',
  status: end?.why === 'exit' ? end.status : 0,
});
