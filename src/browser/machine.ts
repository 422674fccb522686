/** The computer in its worker: made of what the page gave, kept going until it is off. */
import { isAlone, type Misfit, Pc, type Start as PcStart, type Program, readProgram } from '../board/index.ts';
import { type Engine, engineOf, type Translating } from '../cpu/index.ts';
import { Drive, type End, EvenTime, Incoming, Outgoing, Pointing, Typing, VgaMonitor } from '../desk/index.ts';
import { type Interpreter, interpreterOf, interpreterOfKept, isa, Translator, tableOf } from '../isa/index.ts';
import { MemoryDisk } from './memory-disk.ts';
import type { Plan, Start } from './messages.ts';
import { browserTime, browserTimers } from './time.ts';

const mib = 1024 ** 2;
const cdSectorBytes = 2048;

export class Machine {
  readonly output = new Outgoing();
  readonly monitor: VgaMonitor;
  readonly #typing: Typing;
  readonly #pointing: Pointing;
  readonly #incoming: Incoming | undefined;
  readonly #drive: Drive;
  readonly #pc: Pc;

  /** Throws an Error or a RangeError that says in a sentence what of the plan can't be. */
  constructor(plan: Plan) {
    const { memoryBytes, start, disks = [], nvme = [], floppies = [], cd } = plan;
    if (start === undefined && plan.firmware === undefined) throw new Error('there is neither firmware nor a kernel to begin with');
    const media = {
      ...{ disks: disks.map(disk('disk')), nvme: nvme.map(disk('NVMe disk')), floppies: floppies.map(disk('diskette')) },
      ...{ ahci: [], virtio: [] },
      cd: cd && disk('CD', cdSectorBytes)(cd),
    };
    const begun = start && startOf(start);
    const isFirm = begun === undefined || !isAlone(begun.program, start?.commandLine ?? '');
    const time = new EvenTime(browserTime());
    const pc = new Pc({
      ...{ engine: engineIn(plan), memoryBytes, now: time.now, startSeconds: Date.now() / 1000, lines: [this.output], media },
      ...(isFirm && { firmware: plan.firmware, cards: plan.cards ?? new Map() }),
      start: begun && (() => begun),
    });
    const misfit = pc.boot();
    if (misfit !== undefined) throw new Error(told[misfit.misfit](misfit.bytes));
    this.#pc = pc;
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
    const end = await this.#drive.run({ feed, look });
    this.output.close();
    this.monitor.close();
    this.#typing.close();
    this.#pointing.close();
    return this.#endOf(end);
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

const disk =
  (what: string, unit = 512) =>
  (bytes: Uint8Array): MemoryDisk => {
    if (bytes.length === 0 || bytes.length % unit !== 0)
      throw new Error(`the ${what} has ${bytes.length} bytes, which are no whole sectors of ${unit}`);
    return new MemoryDisk(bytes, what === 'CD');
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
