/** The computer of a machine, the same for one that is saved and one that goes on from that. */
import { randomBytes } from 'node:crypto';
import { noMedia, Pc, type PcPlan, type Start } from '../../board/index.ts';
import { type MakePrograms, profiles } from '../../cpu/index.ts';
import type { Cable, Disk, FileServer, Instant } from '../../machine/index.ts';
import { engine } from '../engine/index.ts';
import { type Shape, volumesTag } from './description.ts';

export interface Around {
  readonly now: () => Instant;
  /** The root and what it is told. */
  readonly disks: readonly [Disk, Disk];
  readonly cables: readonly Cable[];
  /** Who has the directories of the host that it shows. */
  readonly files: FileServer;
  /** Its first two serial ports are its main command's, the third its kernel's. */
  readonly lines: PcPlan['lines'];
  /** What it begins with. It is asked for again where the machine begins anew. */
  readonly start: () => Start;
  /** What becomes of memory that its guest doesn't need. */
  readonly balloon: NonNullable<PcPlan['balloon']>;
  /** Who is at the other end of its sockets. */
  readonly sockets: NonNullable<PcPlan['sockets']>;
  /** Its kernel has panicked. */
  readonly panicked: () => void;
  /** Who runs its programs as they are; undefined: they are interpreted. */
  readonly programs?: MakePrograms | undefined;
  /** Whether all that it runs stays predecoded. */
  readonly isLearning?: boolean;
}

export const computerOf = (
  { memoryBytes, cards, level }: Shape,
  { now, disks, cables, files, lines, start, balloon, sockets, panicked, programs, isLearning = false }: Around,
): Pc =>
  new Pc({
    ...{ engine: engine(isLearning ? 'off' : 'on'), memoryBytes, now, startSeconds: Date.now() / 1000, lines, start },
    ...{ balloon, sockets, panicked },
    processor: { seed: randomBytes(8).readBigUInt64LE(), programs, ...(level && { profile: profiles[level] }) },
    media: { ...noMedia, nvme: disks },
    network: Array.from({ length: cards }, (_, index) => ({ cable: cables[index] ?? nowhere, mac: macOf(index) })),
    files: [{ tag: volumesTag, server: files }],
  });

const nowhere: Cable = { transmit: () => {} };

/** Locally administered: IEEE 802. The one on its network gets another one from its own kernel, once it is told. */
const macOf = (index: number): Uint8Array => Uint8Array.of(0x02, 0x69, 0x73, 0x6f, 0x6c, index);
