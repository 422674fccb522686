/** What a computer that runs is told by whoever has it: disks come and go, its button is pressed. A line an order; it is answered in lines, too. */
import type { NvmeSlots } from '../../board/index.ts';
import { Refusal } from '../../environment/index.ts';
import type { Disk, Drive } from '../../machine/index.ts';
import type { XenRequest } from '../../monitor/index.ts';
import type { MediumKind } from '../media.ts';
import type { Medium } from '../medium/index.ts';
import { isProcessor, kinds, type Processor } from '../process/description.ts';

export interface OrderWires {
  readonly slots: Pick<NvmeSlots, 'plug' | 'unplug' | 'disks'>;
  /** Drives whose medium may be another one: cd, a, b. */
  readonly removable: ReadonlyMap<string, Drive>;
  /** Paths of what it began with. */
  readonly given: ReadonlyMap<Disk, string>;
  /** A file as a medium. Throws a Refusal for what can't be one. */
  readonly open: (path: string, kind: MediumKind) => Medium;
  /** Writes down what it is. Throws a Refusal where it can't. */
  readonly save: (path: string) => void;
  readonly press: () => void;
  /** Whether Xen's guest listens for what it is asked; undefined: it isn't Xen's. */
  readonly ask: ((what: XenRequest) => boolean) | undefined;
  /** Which processor it has, and why it can't have that one; undefined: it has it from now on. */
  readonly processors: { readonly present: string; take(wanted: Processor): string | undefined };
  readonly off: () => void;
}

/** Of Xen's guest. */
const requests = ['poweroff', 'reboot', 'suspend'] as const satisfies readonly XenRequest[];

const help = [
  'disks           what is on NVMe, by number and path, and in drives: cd, a, b',
  'plug FILE       put a disk in on NVMe; the answer is its number',
  'unplug NUMBER   ask the system to let go of a disk; then it is plugged out',
  'insert cd FILE  put a CD into its drive, or a diskette into a or b, instead of what is there',
  'eject cd        take it out',
  'save FILE       write down what it is, to go on from there: isola boot --restore FILE',
  'processor WHICH have its instructions carried out otherwise from now on: emulated, direct or kvm; without a word: which it is',
  'power           press the power button: a system that listens shuts down',
  'ask WHAT        ask a guest of Xen’s for it: poweroff, reboot, suspend',
  'off             switch off at once',
] as const;

/** Of an answer that is all. */
const done = 'done';

/** What is kept in files is: others have nothing to close. */
const isMedium = (disk: Disk): disk is Medium => Symbol.dispose in disk;

export class Orders implements Disposable {
  readonly #wires: OrderWires;
  /** Of what is in it. */
  readonly #paths: Map<Disk, string>;
  /** What is in drives, though the system may have ejected it. */
  readonly #inserted: Map<Drive, Disk | undefined>;
  /** Paths of images that were closed, and haven't all that was written to them. */
  readonly #unkept = new Set<string>();

  constructor(wires: OrderWires) {
    this.#wires = wires;
    this.#paths = new Map(wires.given);
    this.#inserted = new Map([...wires.removable.values()].map((drive) => [drive, drive.disk]));
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

  /** A disk was plugged out, or taken out: whoever wants its image has it. */
  gone(disk: Disk): void {
    const path = this.#paths.get(disk);
    this.#paths.delete(disk);
    if (isMedium(disk) && !disk.close() && path !== undefined) this.#unkept.add(path);
  }

  /** At its end: closes all there is. Returns paths of images that haven't all that was written to them, for the host couldn't. */
  close(): readonly string[] {
    for (const disk of [...this.#paths.keys()]) this.gone(disk);
    return [...this.#unkept];
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #carryOut(word: string, rest: string): readonly string[] {
    const { press, off } = this.#wires;
    switch (word) {
      case 'help':
        return help;
      case 'disks':
        return this.#disks();
      case 'plug':
        return [`${this.#plug(rest)}`];
      case 'unplug':
        return this.#unplug(rest);
      case 'insert':
        return this.#insert(rest);
      case 'eject':
        return this.#eject(rest);
      case 'save':
        if (rest === '') throw new Refusal('usage', ['no file is named', 'write save and the path of the snapshot']);
        this.#wires.save(rest);
        return [];
      case 'processor':
        return this.#exchange(rest);
      case 'power':
        press();
        return [];
      case 'ask':
        this.#ask(rest);
        return [];
      case 'off':
        off();
        return [];
      default:
        throw new Refusal('usage', [`"${word}" is no order`, 'help tells them all']);
    }
  }

  #exchange(wanted: string): readonly string[] {
    const { processors } = this.#wires;
    if (wanted === '') return [processors.present];
    if (!isProcessor(wanted)) throw new Refusal('usage', [`there is no processor "${wanted}"`, `there are ${kinds.join(', ')}`]);
    const why = processors.take(wanted);
    if (why !== undefined) throw new Refusal('no-exchange', [wanted, why]);
    return [];
  }

  #ask(wanted: string): void {
    const what = requests.find((one) => one === wanted);
    if (what === undefined) throw new Refusal('usage', [`no guest is asked for "${wanted}"`, `there are ${requests.join(', ')}`]);
    const { ask } = this.#wires;
    if (ask === undefined) throw new Refusal('usage', ['this computer’s guest isn’t Xen’s', 'the order power presses its power button']);
    if (!ask(what))
      throw new Refusal('usage', [
        'this computer’s guest doesn’t listen for what Xen asks it',
        'ask once its kernel has found Xen’s store',
      ]);
  }

  #disks(): readonly string[] {
    const { slots, removable } = this.#wires;
    const plugged = [...slots.disks].map(
      ([number, { disk, isLeaving }]) => `${number} ${this.#paths.get(disk)}${isLeaving ? ' (is to go)' : ''}`,
    );
    const inserted = [...removable].flatMap(([name, { disk }]) => (disk === undefined ? [] : [`${name} ${this.#paths.get(disk)}`]));
    return [...plugged, ...inserted];
  }

  /** Nothing is changed where the file can't be one. */
  #insert(rest: string): readonly string[] {
    const [, name = '', path = ''] = /^(\S*)\s*(.*)$/.exec(rest) ?? [];
    const drive = this.#driveOf(name);
    if (path === '') throw new Refusal('usage', ['no medium is named', `write insert ${name} and the path of an image`]);
    const medium = this.#wires.open(path, name === 'cd' ? 'CD' : 'floppy');
    this.#takeOut(drive);
    drive.insert(medium);
    this.#inserted.set(drive, medium);
    this.#paths.set(medium, path);
    return [];
  }

  #eject(name: string): readonly string[] {
    this.#takeOut(this.#driveOf(name));
    return [];
  }

  #driveOf(name: string): Drive {
    const { removable } = this.#wires;
    const drive = removable.get(name);
    if (drive === undefined) throw new Refusal('usage', [`there is no drive "${name}"`, `there are ${[...removable.keys()].join(', ')}`]);
    return drive;
  }

  #takeOut(drive: Drive): void {
    drive.eject();
    const before = this.#inserted.get(drive);
    if (before !== undefined) this.gone(before);
    this.#inserted.delete(drive);
  }

  #plug(path: string): number {
    if (path === '') throw new Refusal('usage', ['no disk is named', 'write plug and the path of an image']);
    const medium = this.#wires.open(path, 'disk');
    const number = this.#wires.slots.plug(medium);
    if (number === undefined) {
      medium[Symbol.dispose]();
      throw new Refusal('usage', ['all slots are taken', 'unplug a disk first']);
    }
    this.#paths.set(medium, path);
    return number;
  }

  #unplug(text: string): readonly string[] {
    const leaving = /^\d{1,4}$/.test(text) ? this.#wires.slots.unplug(Number(text)) : 'none there';
    if (leaving === 'none there') throw new Refusal('usage', [`there is no disk "${text}" on NVMe`, 'disks tells their numbers']);
    return leaving === 'asked' ? [] : ['it was asked before, and hasn’t let go; a reset plugs it out'];
  }
}
