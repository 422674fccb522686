/** Boots a computer on an emulated PC, in this process. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { fewestBytes, mostBytes, type Pause, Pc, serialPorts } from '../../board/index.ts';
import { Drive, Incoming, Outgoing, Typing, VgaMonitor } from '../../desk/index.ts';
import type { SerialLine } from '../../devices/index.ts';
import { type BootEnd, type Booted, type BootRequest, type Call, Refusal, UndoScope } from '../../environment/index.ts';
import { inWords } from '../../host/index.ts';
import { moduleIn, readWhole } from './bootable.ts';
import { engine } from './engine.ts';
import { type Firmware, firmware } from './firmware.ts';
import { Debugged, openDoor, StoppableTime } from './gdb/index.ts';
import { mediaOf } from './media.ts';
import { type Kept, keepingOf, overlaid } from './record/index.ts';
import { begunWith, refusalOf } from './start.ts';
import { hostTime, hostTimers } from './time.ts';

const mib = 1024 ** 2;
const usualBytes = 512 * mib;

/** Throws a Refusal before anything starts. */
export const boot = async (request: BootRequest, { signal, progress, say }: Call): Promise<Booted> => {
  const memoryBytes = memoryOf(request);
  const begun = begunWith(request, say);
  if (request.record !== undefined && (request.replay !== undefined || request.gdb !== undefined))
    throw new Refusal('usage', [
      `--record can't be with ${request.replay === undefined ? '--gdb, which changes what is recorded' : '--replay'}`,
      'record first, then replay',
    ]);
  if (request.replay !== undefined && request.gdb !== undefined)
    throw new Refusal('usage', ['--replay can’t be with --gdb', 'replay without it']);
  if (request.serial.length >= serialPorts.length)
    throw new Refusal('usage', [
      `a PC has ${serialPorts.length} serial ports, of which the first is the console`,
      'give --serial three times at the most',
    ]);
  signal.throwIfAborted();
  await using scope = new UndoScope();
  const media = mediaOf(request);
  scope.defer(() => media[Symbol.dispose]());
  const console = new Outgoing();
  const files = request.serial.map((path) => {
    const file = toFile(path);
    scope.defer(file.close);
    return file;
  });
  progress({ stage: 'making the processor' });
  const time = new StoppableTime(hostTime());
  const lines = [console, ...files.map(({ line }) => line)];
  const bios = begun?.isPastFirmware === true ? undefined : firmware();
  const made = { memoryBytes, serialPorts: lines.length, words: wordsOf(request), files: () => filesOf(request, bios), media };
  const keeping = await keepingOf(request, made, hostTime(), signal);
  if (keeping !== undefined) scope.defer(() => keeping[Symbol.dispose]());
  const pc = new Pc({
    ...{ engine: engine(), memoryBytes, ...bios, start: begun?.start },
    ...(keeping === undefined
      ? { now: time.now, startSeconds: Date.now() / 1000, media, lines }
      : {
          startSeconds: keeping.startSeconds,
          media: overlaid(media, keeping),
          lines: lines.map((line, port) => keeping.digest.heard(port, line)),
        }),
  });
  const misfit = pc.boot();
  if (misfit !== undefined) throw refusalOf(misfit, request);
  const debugged = request.gdb === undefined ? undefined : new Debugged(pc, time);
  const kept = keeping?.before(pc);
  const drive = new Drive(debugged ?? kept ?? pc, hostTimers);
  const door = request.gdb && debugged && (await openDoor(request.gdb, debugged, () => drive.wake()));
  if (request.gdb !== undefined) say(`waiting for gdb: target remote :${request.gdb.port}`);
  scope.keep();
  const off = (): void => {
    for (const { close } of files) close();
    media[Symbol.dispose]();
    door?.[Symbol.dispose]();
    keeping?.[Symbol.dispose]();
  };
  return begin(pc, console, off, drive, kept);
};

/** How it begins, by what a recording calls it. */
const wordsOf = ({ append = '', loadAddress, entry, module }: BootRequest): Readonly<Record<string, string>> => ({
  'command line': append,
  'words of modules': module.map((one) => new TextDecoder().decode(moduleIn(one).words)).join('; '),
  'load address': `${loadAddress ?? 'none'}`,
  entry: `${entry ?? 'none'}`,
});

/** What it begins with. */
const filesOf = ({ kernel, initrd, module }: BootRequest, bios: Firmware | undefined): Readonly<Record<string, Uint8Array>> => ({
  ...(kernel !== undefined && { kernel: readWhole(kernel, 'kernel') }),
  ...(initrd !== undefined && { initrd: readWhole(initrd, 'initrd') }),
  ...(bios !== undefined && { firmware: bios.firmware }),
  ...Object.fromEntries([...(bios?.cards ?? [])].map(([name, card]) => [`card ${name}`, card])),
  ...Object.fromEntries(module.map((path, index) => [`module ${index}`, moduleIn(path).bytes])),
});

const memoryOf = ({ memoryBytes = usualBytes as NonNullable<BootRequest['memoryBytes']> }: BootRequest): number => {
  if (memoryBytes < fewestBytes || memoryBytes > mostBytes || memoryBytes % mib !== 0)
    throw new Refusal('malformed-quantity', [
      '--memory',
      `${memoryBytes} bytes`,
      `whole mebibytes from ${fewestBytes / mib}M to ${mostBytes / mib}M`,
    ]);
  return memoryBytes;
};

/** Has it run until it is off; then calls `close`. */
export const begin = (pc: Pc, console: Outgoing, close: () => void, drive = new Drive(pc, hostTimers), kept?: Kept): Booted => {
  const uart = kept?.serial ?? pc.chips.serial[0];
  const incoming = uart === undefined ? undefined : new Incoming(uart);
  const typing = new Typing(kept?.keyboard ?? pc.chips.keyboard, hostTimers, () => drive.wake());
  const monitor = new VgaMonitor(pc.vga);
  const feed = (): boolean => {
    const isTyped = typing.feed();
    return incoming?.feed() === true || isTyped;
  };
  const end = drive
    .run({ feed, look: () => monitor.look() })
    .then((pause) => {
      const telling = kept?.finish(pause);
      const end = endOf(pc, pause);
      return { ...end, telling: end.telling ?? telling };
    })
    .finally(() => {
      console.close();
      monitor.close();
      typing.close();
      close();
    });
  // Who doesn't ask for the end isn't told of a defect; who does, is.
  end.catch(() => {});
  return {
    end,
    monitor,
    keyboard: typing,
    output: console,
    input: {
      write: async (bytes) => {
        incoming?.write(bytes);
        drive.wake();
      },
      end: async () => {},
    },
    resize: () => {},
    detach: () => drive.stop(),
  };
};

const endOf = (pc: Pc, pause: Exclude<Pause, { why: 'slice' | 'idle' | 'stop' }> | undefined): BootEnd => {
  if (pause === undefined || pause.why === 'off') return { code: 0, telling: undefined };
  if (pause.why === 'misfit') return { code: 1, telling: refusalOf(pause.misfit, {}).message };
  if (pause.why === 'exit') return { code: pause.status, telling: undefined };
  return { code: 1, telling: stuck(pc, pause.exit) };
};

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

const stuck = ({ processor }: Pc, exit: Extract<Pause, { why: 'stuck' }>['exit']): string => {
  const why = exit.why === 'unsupported' ? `it wants ${exit.what}, which is not built` : 'a triple fault';
  return `the processor stands still at ${hex(processor.rip)}: ${why}`;
};

/** A file that takes what a port sends, from its beginning on. Throws `path-closed`. */
const toFile = (path: string): { readonly line: SerialLine; readonly close: () => void } => {
  let file: number;
  try {
    file = openSync(path, 'w');
  } catch (error) {
    throw new Refusal('path-closed', [path, 'written', inWords(error)], { cause: error });
  }
  return { line: { transmit: (byte) => void writeSync(file, Uint8Array.of(byte)) }, close: () => closeSync(file) };
};
