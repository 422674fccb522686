/** `isola boot --restore`: a computer that has all but its disks from a snapshot. */
import type { Media, Pc } from '../../../board/index.ts';
import { profiles } from '../../../cpu/index.ts';
import { type BootRequest, Refusal } from '../../../environment/index.ts';
import type { Instant } from '../../../machine/index.ts';
import { type Begun, begunWith } from '../start.ts';
import type { Words } from './header.ts';
import { mediaWords } from './present.ts';
import { Snapshot } from './read.ts';

/** What a computer begins with again when its system begins anew, by what `Facts` calls it. */
const beginning = /^(?:kernel|initrd|command line|words of modules|load address|entry|begins|module \d+)$/;

/** In what it is told where it begins. */
export const beginsWord = (begun: Begun | undefined): Words => ({
  begins: begun === undefined ? 'from a disk' : begun.isPastFirmware ? 'at once' : 'by firmware',
});

export class Resumed implements Disposable {
  /** With what the snapshot says where nothing is asked for. */
  readonly request: BootRequest;
  readonly #snapshot: Snapshot;

  /** Throws what `Snapshot` throws. */
  constructor(path: string, request: BootRequest) {
    this.#snapshot = new Snapshot(path);
    const { memory = '', processor = '', 'test device': tested } = this.#snapshot.header.computer;
    const memoryBytes = (Number(/^\d{1,4}(?= MiB$)/.exec(memory)?.[0] ?? 0) * 1024 ** 2 || undefined) as BootRequest['memoryBytes'];
    this.request = {
      ...request,
      memoryBytes: request.memoryBytes ?? memoryBytes,
      cpu: request.cpu ?? cpuIn(processor),
      testDevice: request.testDevice || tested === 'true',
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
    const then = Object.entries(this.#snapshot.header.computer).filter(([name]) => beginning.test(name));
    return { ...words, ...Object.fromEntries(then) };
  }

  /** Throws as `Snapshot.restore` does. */
  restore(pc: Pc, computer: Words, media: Media, goOn: (at: Instant) => void): void {
    this.#snapshot.restore(pc, { facts: { computer, media: mediaWords(pc, media) }, goOn });
  }

  [Symbol.dispose](): void {
    this.#snapshot[Symbol.dispose]();
  }
}

/** Undefined where it is none that is known: then it is another one. */
const cpuIn = (text: string): BootRequest['cpu'] => {
  const [, name, vendor] = /^(\S+) (.{12})?$/.exec(text) ?? [];
  const level = (Object.keys(profiles) as (keyof typeof profiles)[]).find((one) => one === name); // They are its keys.
  return level && { level, vendor };
};
