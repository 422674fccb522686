/** `isola boot --restore`: a computer that has all but its disks from a snapshot. */
import type { Media, Pc } from '../../board/index.ts';
import { type BootRequest, Refusal } from '../../environment/index.ts';
import type { Instant } from '../../machine/index.ts';
import { type Begins, begunAs, mediaWords, plainIn, type Words } from '../../snapshot/index.ts';
import { monitorIn } from '../boot/monitor.ts';
import { type Begun, begunWith } from '../boot/start.ts';
import { stampOf } from './present.ts';
import { Snapshot } from './read.ts';

/** In what it is told where it begins. */
export const beginsWord = (begun: Begun | undefined): Words => ({
  begins: (begun === undefined ? 'from a disk' : begun.isPastFirmware ? 'at once' : 'by firmware') satisfies Begins,
});

export class Resumed implements Disposable {
  /** With what the snapshot says where nothing is asked for. */
  readonly request: BootRequest;
  readonly #snapshot: Snapshot;

  /** Throws what `Snapshot` throws. */
  constructor(path: string, request: BootRequest) {
    this.#snapshot = new Snapshot(path);
    const { memoryBytes, cpu, processors, isTested } = plainIn(this.#snapshot.header);
    this.request = {
      ...request,
      memoryBytes: request.memoryBytes ?? (memoryBytes as BootRequest['memoryBytes']), // It is looked at as one that is given.
      cpu: request.cpu ?? cpu,
      cpus: request.cpus ?? processors,
      testDevice: request.testDevice || isTested,
      board: request.board ?? (this.#snapshot.header.computer['board'] === 'microvm' ? 'microvm' : 'pc'),
      monitor: request.monitor ?? monitorIn(this.#snapshot.header.computer),
    };
  }

  /** How its system begins anew. Throws as `begunWith` does. */
  begun(say: (sentence: string) => void): Begun | undefined {
    const { begins, kernel } = this.#snapshot.header.computer;
    const isPastFirmware = begins === 'at once';
    const given = begunWith(this.request, say);
    if (given !== undefined) return { ...given, isPastFirmware };
    if (kernel === undefined) return undefined;
    const start = (): never => {
      throw new Refusal('no-restore', [
        this.#snapshot.path,
        'its system begins anew, and the kernel that it began with is not named: --kernel',
      ]);
    };
    return { isPastFirmware, start };
  }

  /** What the computer is here, with the kernel of then where none is named. */
  computer(words: Words): Words {
    const { kernel } = this.request;
    if (kernel !== undefined) return words;
    return begunAs(words, this.#snapshot.header);
  }

  /** Throws as `Snapshot.restore` does. */
  restore(pc: Pc, computer: Words, media: Media, goOn: (at: Instant) => void): void {
    this.#snapshot.restore(pc, { facts: { computer, media: mediaWords(pc, media, stampOf) }, goOn });
  }

  [Symbol.dispose](): void {
    this.#snapshot[Symbol.dispose]();
  }
}
