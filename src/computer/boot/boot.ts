/** Boots a computer on an emulated PC, in this process. */
import { randomFillSync } from 'node:crypto';
import { type NetworkPlan, Pc, type PcPlan } from '../../board/index.ts';
import { Counter, profiles } from '../../cpu/index.ts';
import { Drive, type End, EvenTime, Pointing, Typing, VgaMonitor } from '../../desk/index.ts';
import type { SerialLine } from '../../devices/index.ts';
import { type BootEnd, type Booted, type BootRequest, type Call, UndoScope } from '../../environment/index.ts';
import { randomOf } from '../../host/random.ts';
import type { Disk } from '../../machine/index.ts';
import { mediaWords, type Words } from '../../snapshot/index.ts';
import { Orders, openControl } from '../control/index.ts';
import { engine, loadTranslator } from '../engine/index.ts';
// Evaluated when it is first used.
import * as kernels from '../engine/kernels.ts';
import { Processors } from '../engine/processors.ts';
import { Debugged, History, openDoor, StoppableTime } from '../gdb/index.ts';
import { type Channels, type Lines, type NetworkLines, openChannels, openLines, openNetwork, postLine } from '../line/index.ts';
import { mediaOf, mediumIn, pathsOf } from '../media.ts';
import { memoryOf } from '../memory.ts';
import { compileOutset, spareOutset } from '../outset.ts';
import { Profiler, profileFile, Symbols, symbolsOf, tableOf } from '../profile/index.ts';
import * as recording from '../record/index.ts';
import { beginsWord, Resumed, saveSnapshot, stampOf } from '../snapshot/index.ts';
import { stuck } from '../stuck.ts';
import { Tidying, thinOut } from '../tidy.ts';
import { hostTime, hostTimers } from '../time.ts';
import * as tracing from '../trace/index.ts';
import { refuseOnMicrovm } from './board.ts';
import { moduleIn, readWhole } from './bootable.ts';
import { type Firmware, firmware, firmwareIn } from './firmware.ts';
import { consolePort, isConsoleXen, monitorOf, monitorWord, stolenOf } from './monitor.ts';
import { directFor, processorsOf, takeProcessor, withProcessor } from './processor.ts';
import { begunWith, refusalOf } from './start.ts';
import { refuseTogether, refuseUnheard } from './together.ts';

/** Of what befell a computer that runs. */
const mostTold = 10;

/** Throws a Refusal before anything starts. */
export const boot = async (asked: BootRequest, { signal, progress, say }: Call): Promise<Booted> => {
  refuseTogether(asked);
  await using scope = new UndoScope();
  const resumed = asked.restore === undefined ? undefined : new Resumed(asked.restore, asked);
  if (resumed !== undefined) scope.defer(() => resumed[Symbol.dispose]());
  const request = await withProcessor(resumed?.request ?? asked, say);
  refuseOnMicrovm(request);
  const memoryBytes = memoryOf(request);
  const begun = resumed === undefined ? begunWith(request, say) : resumed.begun(say);
  refuseUnheard(request);
  const symbols = request.profile === undefined ? new Symbols([]) : symbolsOf(request.symbols, request.kernel);
  signal.throwIfAborted();
  const media = mediaOf(request);
  scope.defer(() => media[Symbol.dispose]());
  let drive: Drive | undefined;
  let orders: Orders | undefined;
  const lines = await openLines(request, { signal, say, scope, wake: () => drive?.wake() });
  const network = await openNetwork(request, { signal, say, scope, wake: () => drive?.wake() });
  const channels = await openChannels(request, { signal, say, scope, wake: () => drive?.wake() });
  progress({ stage: 'making the processor' });
  const sparing = spareOutset();
  if (request.jit === 'always') await loadTranslator();
  const time = new StoppableTime(hostTime());
  const even = new EvenTime(time.now);
  const stolen = stolenOf(request, even);
  if (stolen !== undefined) scope.defer(() => stolen[Symbol.dispose]());
  const serial = lines.serial.map(({ line }) => line);
  const bios = begun?.isPastFirmware === true ? undefined : request.bios === undefined ? firmware() : firmwareIn(request.bios);
  const itself = wordsOf(request);
  const made = { memoryBytes, serialPorts: serial.length, words: itself, files: () => filesOf(request, bios), media };
  let words: Words | undefined;
  const computer = (): Words => {
    words ??= { ...recording.saidOf(made), ...beginsWord(begun), ...cardsWord(request, network.plan) };
    return resumed?.computer(words) ?? words;
  };
  const isKept = request.record !== undefined || request.replay !== undefined;
  const keeping = isKept ? await recording.keepingOf(request, made, time.now, signal) : undefined;
  if (keeping !== undefined) scope.defer(() => keeping[Symbol.dispose]());
  const trace = request.trace === undefined ? undefined : new tracing.TraceFile(request.trace.path, () => drive?.wake());
  if (trace !== undefined) scope.defer(() => trace[Symbol.dispose]());
  const tracer = request.trace && trace && new tracing.Tracer(request.trace, (line) => trace.line(line));
  let history: History | undefined;
  // What it sends while it comes to a moment once more was heard.
  const heard = (line: SerialLine): SerialLine => ({
    ...line,
    transmit: (byte) => void (history?.isRepeated === true || line.transmit(byte)),
  });
  const told =
    (what: (byte: number) => void) =>
    (byte: number): void =>
      void (history?.isRepeated === true || what(byte));
  const note = noteOf(request, lines);
  const counter = request.profile === undefined ? undefined : new Counter();
  // Whoever sits before its screen is told at its end.
  const befallen = new Set<string>();
  const befell = (sentence: string): void => void (befallen.size < mostTold && befallen.add(sentence));
  const direct = await directFor(request, befell);
  if (direct !== undefined) scope.defer(() => direct[Symbol.dispose]());
  const assembled = (keeping: recording.Keeping | undefined): { readonly pc: Pc; readonly kept: recording.Kept | undefined } => {
    const pc = new Pc({
      ...{ engine: engine(request.jit), board: request.board, memoryBytes, processors: request.cpus ?? 1, ...bios, start: begun?.start },
      ...{
        isTested: request.testDevice,
        monitor: monitorOf(request, { line: serial[0], say }),
        processor: {
          ...processorOf(request),
          ...(keeping === undefined && { seed: seedOf() }),
          observer: tracer,
          counter,
          programs: direct?.make,
        },
      },
      ...{ note: note && told(note), post: told(postLine(lines.post)), network: network.plan, console: channels.plan },
      ...{ entropy: request.entropy ? (into: Uint8Array): void => void randomFillSync(into) : undefined },
      ...(keeping === undefined
        ? {
            now: even.now,
            begins: () => even.begin(),
            stolen: stolen?.all,
            startSeconds: Date.now() / 1000,
            media,
            gone: (disk: Disk) => orders?.gone(disk),
            lines: serial,
          }
        : {
            startSeconds: keeping.startSeconds,
            media: recording.overlaid(media, keeping),
            lines: serial.map((line, port) => keeping.digest.heard(port, heard(line))),
          }),
    });
    tracer?.watch(pc);
    const misfit = resumed === undefined ? pc.boot() : undefined;
    if (misfit !== undefined) throw refusalOf(misfit, request);
    resumed?.restore(pc, computer(), media, (at) => even.goOnFrom(at));
    return { pc, kept: keeping?.before(pc) };
  };
  const { pc, kept } = assembled(keeping);
  even.follow(pc);
  resumed?.[Symbol.dispose]();
  const processors = new Processors(pc, { direct, kvm: () => kernels.openKvm(), say: befell });
  scope.defer(() => processors[Symbol.dispose]());
  takeProcessor(processors, request);
  compileOutset(pc);
  let last = kept;
  // A trace would tell all once more.
  if (request.gdb !== undefined && request.trace === undefined && kept !== undefined && keeping?.again !== undefined)
    history = new History({ pc, driven: kept }, () => {
      const more = assembled(keeping.again?.());
      last = more.kept;
      return { pc: more.pc, driven: more.kept ?? more.pc };
    });
  const course = { history, driven: history ?? kept ?? pc, isFixed: kept !== undefined, hasEnd: request.replay !== undefined };
  const debugged = request.gdb === undefined ? undefined : new Debugged(pc, time, course);
  const profileTo = request.profile === undefined ? undefined : profileFile(request.profile);
  if (profileTo !== undefined) scope.defer(() => profileTo[Symbol.dispose]());
  const profiler = counter && new Profiler(kept ?? pc, pc, symbols, counter);
  if (profiler !== undefined) scope.defer(() => profiler[Symbol.dispose]());
  const inner = debugged ?? profiler ?? kept ?? processors;
  const traced = tracer && trace && new tracing.Traced(inner, tracer, trace);
  const driven = new Drive(traced ?? inner, hostTimers, even);
  drive = driven;
  orders = new Orders({
    ...{ slots: pc.drives.nvme, removable: pc.drives.removable, given: pathsOf(media) },
    ...{ open: (path, kind) => mediumIn(path, kind, request.readOnly), press: () => pc.chips.power.pressPowerButton() },
    ask: pc.xen && ((what) => pc.xen?.ask(what) === true),
    processors: processorsOf(processors, request),
    save: (path) => saveSnapshot(pc, path, { computer: computer(), media: mediaWords(pc, media, stampOf), notes: {} }),
    off: () => driven.stop(),
  });
  const control = request.control === undefined ? undefined : await openControl(request.control, orders, () => driven.wake());
  if (control !== undefined) scope.defer(() => control[Symbol.dispose]());
  const door = request.gdb && debugged && (await openDoor(request.gdb, debugged, () => driven.wake()));
  if (request.gdb !== undefined) say(`waiting for gdb: target remote :${request.gdb.port}`);
  scope.keep();
  const order = (line: string): readonly string[] => {
    if (keeping !== undefined) return ['refused: a computer whose run is recorded takes no orders'];
    const answer = orders.answer(line);
    driven.wake();
    return answer;
  };
  const tidying = new Tidying(() => thinOut(history?.pc ?? pc));
  const off = (): void => {
    sparing[Symbol.dispose]();
    tidying[Symbol.dispose]();
    media[Symbol.dispose]();
    orders[Symbol.dispose]();
    control?.[Symbol.dispose]();
    door?.[Symbol.dispose]();
    keeping?.[Symbol.dispose]();
    profiler?.[Symbol.dispose]();
    profileTo?.[Symbol.dispose]();
    trace?.[Symbol.dispose]();
    processors[Symbol.dispose]();
    direct?.[Symbol.dispose]();
    stolen?.[Symbol.dispose]();
  };
  const finish = async (end: End | undefined): Promise<string | undefined> => {
    await traced?.end();
    const profile = profiler?.end();
    if (profile !== undefined) profileTo?.write(profile);
    // What gdb kills has not ended by itself.
    const words = [...befallen, last?.finish(debugged?.isKilled === true ? undefined : end), profile && tableOf(profile)].filter(
      (word) => word !== undefined,
    );
    return words.length === 0 ? undefined : words.join('\n');
  };
  return begin(pc, lines, off, driven, {
    serial: kept?.serial,
    // One that goes on was told what to say when it began. Others' files are read for this by nobody.
    isConsoleXen: isConsoleXen(resumed === undefined ? itself : computer()),
    network,
    channels,
    keyboard: kept?.keyboard,
    mouse: kept?.mouse,
    finish,
    unkept: () => orders.close(),
    order,
    worked: tidying.worked,
    present: () => history?.pc ?? pc,
  });
};

/** How it begins, by what a recording calls it. */
const wordsOf = ({
  append = '',
  loadAddress,
  entry,
  module,
  cpu,
  cpus = 1,
  testDevice,
  debugcon,
  monitor,
  board,
}: BootRequest): Readonly<Record<string, string>> => ({
  'command line': append,
  'words of modules': module.map((one) => new TextDecoder().decode(moduleIn(one).words)).join('; '),
  'load address': `${loadAddress ?? 'none'}`,
  entry: typeof entry === 'object' ? `${entry.segment}:${entry.offset}` : `${entry ?? 'none'}`,
  processor: `${cpu?.level ?? 'all'} ${cpu?.vendor ?? ''}`,
  ...(cpus > 1 && { processors: `${cpus}` }),
  'test device': `${testDevice}`,
  'debug console': `${hasNote({ debugcon })}`,
  ...(board === 'microvm' && { board }),
  ...monitorWord({ monitor, board }),
});

/** What it begins with. */
const filesOf = ({ kernel, initrd, module }: BootRequest, bios: Firmware | undefined): Readonly<Record<string, Uint8Array>> => ({
  ...(kernel !== undefined && { kernel: readWhole(kernel, 'kernel') }),
  ...(initrd !== undefined && { initrd: readWhole(initrd, 'initrd') }),
  ...(bios !== undefined && { firmware: bios.firmware }),
  ...Object.fromEntries([...(bios?.cards ?? [])].map(([name, card]) => [`card ${name}`, card])),
  ...Object.fromEntries(module.map((path, index) => [`module ${index}`, moduleIn(path).bytes])),
});

/** Addresses of its network cards, names of its channels, in the order of their slots and ports, and whether it has entropy. */
const cardsWord = ({ channel, entropy }: BootRequest, cards: readonly NetworkPlan[]): Words => ({
  ...(cards.length > 0 && { 'network cards': cards.map(({ mac }) => Buffer.from(mac).toString('hex')).join(' ') }),
  ...(channel.length > 0 && { channels: channel.map(({ name }) => name).join(' ') }),
  ...(entropy && { entropy: 'of the host' }),
});

/** Whether anybody hears it: firmware that finds it tells a great deal. */
const hasNote = ({ debugcon }: Pick<BootRequest, 'debugcon'>): boolean => debugcon !== undefined && debugcon.kind !== 'none';

const noteOf = (request: BootRequest, { note }: Pick<Lines, 'note'>): ((byte: number) => void) | undefined =>
  hasNote(request) ? (byte) => note.line.transmit(byte) : undefined;

const processorOf = ({ cpu }: BootRequest): NonNullable<PcPlan['processor']> => ({
  ...(cpu !== undefined && { profile: profiles[cpu.level] }),
  ...(cpu?.vendor !== undefined && { vendor: cpu.vendor }),
});

/** What nobody can guess: a run that is to be had again has none. */
const seedOf = (): bigint => randomOf(8).readBigUInt64LE();

/** What stands before the computer, and what is done and said when it has ended. */
interface Around {
  readonly serial?: recording.Kept['serial'] | undefined;
  /** What comes in by the first serial line is for Xen's console. */
  readonly isConsoleXen?: boolean;
  readonly network?: NetworkLines;
  readonly channels?: Channels;
  readonly keyboard?: recording.Kept['keyboard'] | undefined;
  readonly mouse?: recording.Kept['mouse'] | undefined;
  readonly order?: Booted['order'];
  /** It runs for as long as it may at once: it doesn't rest. */
  readonly worked?: () => void;
  /** The computer, where it may be another one by now. */
  readonly present?: () => Pc;
  readonly finish?: (end: End | undefined) => Promise<string | undefined>;
  /** Paths of images that haven't all that was written to them, once they are closed. */
  readonly unkept?: () => readonly string[];
}

/** Has it run until it is off; then calls `close`. */
export const begin = (
  pc: Pc,
  lines: Pick<Lines, 'serial' | 'console' | 'send' | 'close'>,
  close: () => void,
  drive = new Drive(pc, hostTimers),
  around: Around = {},
): Booted => {
  const ports = pc.chips.serial.map((uart, index) => (index === 0 ? (around.serial ?? uart) : uart));
  if (around.isConsoleXen === true && pc.xen !== undefined) ports[0] = consolePort(pc.xen);
  const typing = new Typing(around.keyboard ?? pc.chips.keyboard, hostTimers, () => drive.wake());
  const pointing = new Pointing(around.mouse ?? pc.chips.keyboard, () => drive.wake());
  const present = around.present ?? (() => pc);
  const monitor = new VgaMonitor({
    picture: () => present().vga.picture(),
    changes: () => present().vga.changes(),
    get blinks() {
      return present().vga.blinks;
    },
    snapshot: () => present().vga.snapshot(),
  });
  const feed = (): boolean => {
    pc.xen?.console.release();
    let isFed = typing.feed();
    if (pointing.feed()) isFed = true;
    for (const [index, port] of ports.entries()) if (lines.serial[index]?.feed(port) === true) isFed = true;
    if (around.network?.feed(pc.network) === true) isFed = true;
    if (pc.console !== undefined && around.channels?.feed(pc.console) === true) isFed = true;
    return isFed;
  };
  const look = (): void => {
    lines.send();
    around.network?.send();
    around.channels?.send();
    monitor.look();
    pointing.look();
  };
  const end = drive
    .run({ feed, look, ...(around.worked && { worked: around.worked }) })
    .then(async (pause) => {
      const words = await around.finish?.(pause);
      const { code, telling } = endOf(present(), pause);
      const lost = (around.unkept?.() ?? []).map((path) => `what it wrote last to ${path} is lost: is the host’s disk full?`);
      const told = [telling, words, ...lost].filter((sentence) => sentence !== undefined);
      return { code: code === 0 && lost.length > 0 ? 1 : code, telling: told.length === 0 ? undefined : told.join('\n') };
    })
    .finally(() => {
      lines.close();
      around.network?.close();
      around.channels?.close();
      monitor.close();
      typing.close();
      pointing.close();
      close();
    });
  // Who doesn't ask for the end isn't told of a defect; who does, is.
  end.catch(() => {});
  return {
    end,
    monitor,
    keyboard: typing,
    mouse: pointing,
    order: around.order ?? (() => ['refused: it takes no orders']),
    output: lines.console.line,
    input: {
      write: async (bytes) => {
        lines.console.write(bytes);
        drive.wake();
      },
      end: async () => {},
    },
    resize: () => {},
    detach: () => drive.stop(),
  };
};

const endOf = (pc: Pc, pause: End | undefined): BootEnd => {
  if (pause === undefined || pause.why === 'off') return { code: 0, telling: undefined };
  if (pause.why === 'misfit') return { code: 1, telling: refusalOf(pause.misfit, {}).message };
  if (pause.why === 'exit') return { code: pause.status, telling: undefined };
  return { code: 1, telling: stuck(pc, pause.exit) };
};
