/** The computer in its worker: made of what the page gave, kept going until it is off. */
import { isAlone, type Misfit, Pc, type Start as PcStart, type Program, readProgram } from '../board/index.ts';
import { type Engine, engineOf, profiles, type Translating } from '../cpu/index.ts';
import { Drive, type End, EvenTime, Incoming, Outgoing, Pointing, Typing, VgaMonitor } from '../desk/index.ts';
import { type Interpreter, interpreterOf, interpreterOfKept, isa, Translator, tableOf } from '../isa/index.ts';
import { type Begins, begunAs, mediaWords, piecesOf, plainIn, SavedComputer, Unfit, type Words } from '../snapshot/index.ts';
import { wordsOf } from './facts.ts';
import type { TabMedia } from './media.ts';
import type { Kept, Plan, Start } from './messages.ts';
import { bytesIn } from './store/blob.ts';
import { means } from './store/means.ts';
import { browserTime, browserTimers } from './time.ts';

const mib = 1024 ** 2;
/** Lines of a PC's serial ports. */
const mostPorts = 4;

export class Machine {
  readonly output = new Outgoing();
  readonly monitor: VgaMonitor;
  readonly #typing: Typing;
  readonly #pointing: Pointing;
  readonly #incoming: Incoming | undefined;
  readonly #drive: Drive;
  readonly #pc: Pc;

  readonly #media: TabMedia;
  readonly #words: () => Words;

  /** Closes its media when it has ended. Throws an Error or a RangeError that says in a sentence what of the plan can't be. */
  constructor(plan: Plan, media: TabMedia) {
    const { start, restore } = plan;
    const from = restore && resuming(restore, () => new SavedComputer(bytesIn(restore.from), means));
    const plain = from && plainIn(from.header);
    if (from === undefined && start === undefined && plan.firmware === undefined)
      throw new Error('there is neither firmware nor a kernel to begin with');
    const memoryBytes = plain?.memoryBytes ?? plan.memoryBytes;
    const begun = start && startOf(start);
    const begins = beginsOf(plain?.begins, begun, start?.commandLine ?? '');
    const time = new EvenTime(browserTime());
    const ports = Math.min(Math.max(Number(from?.header.computer['serial ports'] ?? 1) || 1, 1), mostPorts);
    const pc = new Pc({
      ...{
        engine: engineIn(plan),
        memoryBytes,
        now: time.now,
        begins: () => time.begin(),
        startSeconds: Date.now() / 1000,
        media: media.media,
      },
      lines: [this.output, ...Array.from({ length: ports - 1 }, () => ({ transmit: () => {} }))],
      processor: {
        seed: crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n,
        ...(plain?.cpu !== undefined && { profile: profiles[plain.cpu.level] }),
        ...(plain?.cpu?.vendor !== undefined && { vendor: plain.cpu.vendor }),
      },
      ...{ isTested: plain?.isTested === true, processors: plain?.processors ?? 1 },
      ...(begins !== 'at once' && { firmware: plan.firmware, cards: plan.cards ?? new Map() }),
      start: begins === 'from a disk' ? undefined : () => begun ?? unknown(restore?.name ?? ''),
    });
    const cpu = plain?.cpu ?? { level: 'all', vendor: undefined };
    const facts = { memoryBytes, serialPorts: ports, isTested: plain?.isTested === true, begins, files: plan };
    let words: Words | undefined;
    this.#words = () => {
      words ??= wordsOf({ ...facts, processor: `${cpu.level} ${cpu.vendor ?? ''}` });
      return from !== undefined && start === undefined ? begunAs(words, from.header) : words;
    };
    this.#media = media;
    const misfit = from === undefined ? pc.boot() : undefined;
    if (misfit !== undefined) throw new Error(told[misfit.misfit](misfit.bytes));
    if (from !== undefined && restore !== undefined)
      resuming(restore, () =>
        from.restore(pc, {
          facts: { computer: this.#words(), media: mediaWords(pc, media.media, media.stampOf) },
          goOn: (at) => time.goOnFrom(at),
        }),
      );
    this.#pc = pc;
    time.follow(pc);
    this.#drive = new Drive(pc, browserTimers, time);
    const [uart] = pc.chips.serial;
    this.#incoming = uart && new Incoming(uart);
    this.#typing = new Typing(pc.chips.keyboard, browserTimers, () => this.#drive.wake());
    this.#pointing = new Pointing(pc.chips.keyboard, () => this.#drive.wake());
    this.monitor = new VgaMonitor(pc.vga, { isDrawn: true });
  }

  get keyboard(): Pick<Typing, 'type'> {
    return this.#typing;
  }

  get mouse(): Pick<Pointing, 'move' | 'heard'> {
    return this.#pointing;
  }

  send(bytes: Uint8Array): void {
    this.#incoming?.write(bytes);
    this.#drive.wake();
  }

  /** What it is at this moment, as a snapshot's bytes: all at once. */
  saved(): Iterable<Uint8Array> {
    const media = mediaWords(this.#pc, this.#media.media, this.#media.stampOf);
    const facts = { computer: this.#words(), media, notes: {} };
    return piecesOf(this.#pc, { facts, by: 'a page', made: new Date().toISOString(), means });
  }

  /** Has what was written to its disks last. What this browser keeps of them, where that has changed. */
  settle(): readonly Kept[] | undefined {
    return this.#media.settle() ? this.#media.kept : undefined;
  }

  off(): void {
    this.#drive.stop();
  }

  /** Until it is off. */
  async run(): Promise<{ readonly code: number; readonly why: string | undefined }> {
    const feed = (): boolean => {
      const [isTyped, isMoved] = [this.#typing.feed(), this.#pointing.feed()];
      return this.#incoming?.feed() === true || isTyped || isMoved;
    };
    const look = (): void => {
      this.monitor.look();
      this.#pointing.look();
    };
    try {
      return this.#endOf(await this.#drive.run({ feed, look }));
    } catch (error) {
      if (error instanceof Unfit) return { code: 1, why: error.message };
      throw error;
    } finally {
      this.output.close();
      this.monitor.close();
      this.#typing.close();
      this.#pointing.close();
      this.#media.close();
    }
  }

  #endOf(end: End | undefined): { readonly code: number; readonly why: string | undefined } {
    if (end === undefined || end.why === 'off') return { code: 0, why: undefined };
    if (end.why === 'exit') return { code: end.status, why: undefined };
    if (end.why === 'misfit') return { code: 1, why: told[end.misfit.misfit](end.misfit.bytes) };
    const why = end.exit.why === 'unsupported' ? `it wants ${end.exit.what}, which is not built` : 'a triple fault';
    return { code: 1, why: `the processor stands still at 0x${this.#pc.processor.rip.toString(16)}: ${why}` };
  }
}

const engineIn = ({ interpreter }: Plan): Engine => {
  if (interpreter === undefined) {
    const table = tableOf(isa);
    const made = interpreterOf(table.forms);
    return engineOf(table, made, translatingFor(made));
  }
  const kept = interpreterOfKept(interpreter);
  return engineOf(kept.table, kept.interpreter, translatingFor(kept.interpreter));
};

/** What translates is made once something runs often. */
const translatingFor = ({ numberOf }: Interpreter): Translating => {
  let made: Translator | undefined;
  return {
    translator: () => {
      made ??= new Translator(numberOf, tableOf(isa).forms);
      return made;
    },
  };
};

/** What is wrong with a snapshot is said of it. */
const resuming = <T>({ name }: NonNullable<Plan['restore']>, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw error instanceof Unfit ? new Error(`${name} can't be restored: ${error.message}`, { cause: error }) : error;
  }
};

/** `saved`: how the one began that it goes on from. */
const beginsOf = (saved: string | undefined, begun: PcStart | undefined, commandLine: string): Begins => {
  if (saved === 'at once' || saved === 'by firmware') return saved;
  if (begun === undefined || saved !== undefined) return 'from a disk';
  return isAlone(begun.program, commandLine) ? 'at once' : 'by firmware';
};

const unknown = (name: string): never => {
  throw new Unfit(`its system begins anew, and the kernel that ${name} began with isn't here`);
};

const startOf = ({ kernel, ramdisk, commandLine }: Start): PcStart => ({
  program: programIn(kernel),
  commandLine: new TextEncoder().encode(commandLine),
  modules: ramdisk === undefined ? [] : [{ bytes: ramdisk, words: new Uint8Array() }],
});

const programIn = (file: Uint8Array): Program => {
  const program = readProgram(file);
  if (program === undefined) throw new Error('the kernel is neither Linux’s for x86 nor one for Multiboot or PVH');
  return program;
};

const told: Readonly<Record<Misfit['misfit'], (bytes: number) => string>> = {
  memory: (bytes) => `the kernel wants ${Math.ceil(bytes / mib)} MiB of memory`,
  place: (bytes) => `the kernel wants to be at 0x${bytes.toString(16)}, where there is no memory for it`,
  modules: (bytes) => `names and words of modules have ${bytes} bytes`,
  'command line': (bytes) => `the kernel takes a command line of ${bytes} bytes`,
};
