/** What the process of an emulated machine is told: it stands in a jail, with nothing but this and what this names. */
import { readFileSync } from 'node:fs';
import type { Facts } from '../snapshot/index.ts';

/** What a machine mounts its volumes by. Every machine has a card for them, also one that has none: so all go on from one snapshot. */
export const volumesTag = 'volumes';

/** What carries out its instructions: isola alone, the host's processor for those of its programs, or a virtual one of the host's kernel for all. */
export const kinds = ['emulated', 'direct', 'kvm'] as const;
export type Processor = (typeof kinds)[number];

export const isProcessor = (word: string): word is Processor => kinds.some((one) => one === word);

/** Named sets of features that a processor may have, as `isola boot --cpu` has them; nobody says `all`. */
const levels = ['x86-64-v1', 'x86-64-v2', 'x86-64-v3'] as const;
export type NamedLevel = (typeof levels)[number];

/** What has to be the same in a machine that goes on from a snapshot as in the one that was saved. */
export interface Shape {
  readonly memoryBytes: number;
  /** How many network cards it has. */
  readonly cards: number;
  /** What features its processor has; undefined: all that an emulated one can. */
  readonly level?: NamedLevel | undefined;
}

/** One that boots as far as it is the same for all, and is saved there: to be gone on from, time and again. */
export interface OutsetDescription extends Shape {
  readonly kind: 'outset';
  readonly kernel: string;
  readonly initrd: string;
  readonly commandLine: string;
  /** The snapshot's path. */
  readonly to: string;
}

/** One that goes on from there to have its agent mount a root, and is saved there: for machines that begin with that disk. */
export interface RootedDescription extends Shape {
  readonly kind: 'rooted';
  /** What it goes on from, and what of that is predecoded. */
  readonly from: string;
  readonly code: string;
  /** A raw image, which is only read, and the text that tells of it: `rootText` of src/agent. */
  readonly root: string;
  readonly rest: string;
  /** Where both go, by the same names. */
  readonly to: { readonly snapshot: string; readonly code: string };
}

export interface Base {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  /** Of the disk. */
  readonly sizeBytes: number;
}

/** One that goes on from there as what it is to be. Paths are the jail's. */
export interface MachineDescription extends Shape {
  readonly kind: 'machine';
  readonly processor: Processor;
  /** The kernel's monitor, by which its processor may be the kernel's from its beginning on, or later; null: it never is. */
  readonly kvm: string | null;
  /** The snapshot. */
  readonly from: string;
  /** Whether that is a moment of a machine that ran, and not what all begin with. */
  readonly goesOn: boolean;
  /** What others have predecoded that went on from there; null: nothing. */
  readonly code: string | null;
  /** Where what this one predecodes is kept for others, once it is off; null: nowhere. Then nothing is translated. */
  readonly learns: string | null;
  /** Its first disk on NVMe: the root file system, a raw image. */
  readonly root: string;
  /** Where the root has nothing yet: an image that is read instead. The root is a qcow2 image then, made if it is empty. */
  readonly base: Base | null;
  /** Whether its root is gone once it is off: then nothing that was written has to outlast the host. */
  readonly isFleeting: boolean;
  /** A directory with the images that the root stands on, by their numbers, which the next one has, and one where it puts what is kept of a moment. */
  readonly layers: string;
  readonly nextLayer: number;
  readonly moment: string;
  /** The socket where it is told to keep one. */
  readonly control: string;
  /** The socket by which the host reaches its sockets. */
  readonly sockets: string;
  /** The second: a text that tells it what it is to be, `bootText` of src/agent. */
  readonly rest: string;
  /** Sockets that its network cards' packets go over: the first leads to the relay, the second to its network. */
  readonly cables: readonly string[];
  /** The socket of who serves its volumes; null: it has none. */
  readonly files: string | null;
  /** Where its third serial port leads: its kernel speaks there, but that of one that boots a system. */
  readonly kernelLog: string;
}

/** What a snapshot of such a machine says of it. */
export const factsOf = ({ memoryBytes, cards, level }: Shape): Facts => ({
  computer: { memory: `${memoryBytes / 1024 ** 2} MiB`, 'network cards': `${cards}`, ...(level && { processor: level }) },
  media: {},
  notes: {},
});

/** The memory in what such a snapshot says; 0 where it says nothing of it. */
export const memoryIn = ({ memory = '' }: Facts['computer']): number => Number(/^(\d+) MiB$/.exec(memory)?.[1] ?? 0) * 1024 ** 2;

/** The level in what such a snapshot says; undefined where it has all, or one that nobody knows. */
export const levelIn = ({ processor }: Facts['computer']): NamedLevel | undefined => levels.find((one) => one === processor);

export const readDescription = (path: string): OutsetDescription | RootedDescription | MachineDescription =>
  JSON.parse(readFileSync(path, 'utf8'));
