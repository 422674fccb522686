/** What a computer that runs is told by whoever has it: disks come and go, its button is pressed. A line an order; it is answered in lines, too. */
import type { NvmeSlots } from '../../../board/index.ts';
import { Refusal } from '../../../environment/index.ts';
import type { Disk } from '../../../machine/index.ts';
import type { Medium } from '../media.ts';

export interface OrderWires {
  readonly slots: Pick<NvmeSlots, 'plug' | 'unplug' | 'disks'>;
  /** Paths of disks on NVMe that it began with. */
  readonly given: ReadonlyMap<Disk, string>;
  /** A file as a disk. Throws a Refusal for what can't be one. */
  readonly open: (path: string) => Medium;
  readonly press: () => void;
  readonly off: () => void;
}

const help = [
  'disks           what is on NVMe, by number and path',
  'plug FILE       put a disk in on NVMe; the answer is its number',
  'unplug NUMBER   ask the system to let go of a disk; then it is plugged out',
  'power           press the power button: a system that listens shuts down',
  'off             switch off at once',
] as const;

/** Of an answer that is all. */
const done = 'done';

export class Orders implements Disposable {
  readonly #wires: OrderWires;
  readonly #paths: Map<Disk, string>;
  /** Plugged in since it began. */
  readonly #media = new Map<Disk, Medium>();

  constructor(wires: OrderWires) {
    this.#wires = wires;
    this.#paths = new Map(wires.given);
  }

  /** Carries one out. The last line of the answer is `done`, or `refused: ` and a sentence. */
  answer(line: string): readonly string[] {
    const [, word = '', rest = ''] = /^\s*(\S*)\s*(.*?)\s*$/.exec(line) ?? [];
    try {
      return [...this.#carryOut(word, rest), done];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return [`refused: ${error.message}`];
    }
  }

  /** A disk was plugged out. */
  gone(disk: Disk): void {
    this.#paths.delete(disk);
    this.#media.get(disk)?.[Symbol.dispose]();
    this.#media.delete(disk);
  }

  [Symbol.dispose](): void {
    for (const disk of [...this.#media.keys()]) this.gone(disk);
  }

  #carryOut(word: string, rest: string): readonly string[] {
    const { slots, press, off } = this.#wires;
    switch (word) {
      case 'help':
        return help;
      case 'disks':
        return [...slots.disks].map(
          ([number, { disk, isLeaving }]) => `${number} ${this.#paths.get(disk)}${isLeaving ? ' (is to go)' : ''}`,
        );
      case 'plug':
        return [`${this.#plug(rest)}`];
      case 'unplug':
        return this.#unplug(rest);
      case 'power':
        press();
        return [];
      case 'off':
        off();
        return [];
      default:
        throw new Refusal('usage', [`"${word}" is no order`, 'help tells them all']);
    }
  }

  #plug(path: string): number {
    if (path === '') throw new Refusal('usage', ['no disk is named', 'write plug and the path of an image']);
    const medium = this.#wires.open(path);
    const number = this.#wires.slots.plug(medium);
    if (number === undefined) {
      medium[Symbol.dispose]();
      throw new Refusal('usage', ['all slots are taken', 'unplug a disk first']);
    }
    this.#paths.set(medium, path);
    this.#media.set(medium, medium);
    return number;
  }

  #unplug(text: string): readonly string[] {
    const leaving = /^\d{1,4}$/.test(text) ? this.#wires.slots.unplug(Number(text)) : 'none there';
    if (leaving === 'none there') throw new Refusal('usage', [`there is no disk "${text}" on NVMe`, 'disks tells their numbers']);
    return leaving === 'asked' ? [] : ['it was asked before, and hasn’t let go; a reset plugs it out'];
  }
}
