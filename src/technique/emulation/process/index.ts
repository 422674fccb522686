/** The process of an emulated machine that is an environment: the computer, and what leads in and out of it, until it is off. */
import { noMedia, Pc } from '../../../board/index.ts';
import { Drive, EvenTime, Outgoing } from '../../../desk/index.ts';
import { type Call, UndoScope } from '../../../environment/index.ts';
import { kernelIn, readWhole } from '../bootable.ts';
import { engine } from '../engine.ts';
import { plainDiskIn } from '../media.ts';
import { refusalOf } from '../start.ts';
import { Tidying } from '../tidy.ts';
import { hostTime, hostTimers } from '../time.ts';
import { type MachineDescription, readDescription } from './description.ts';
import { connected, type Packets } from './packets.ts';
import { append, pour, typing } from './streams.ts';

/** Returns the exit status: 0 where it switched itself off, or began anew, which is somebody else's business. */
export const runMachine = async (path: string, { signal }: Pick<Call, 'signal'>): Promise<number> => {
  const description = readDescription(path);
  await using scope = new UndoScope();
  let drive: Drive | undefined;
  const wake = (): void => drive?.wake();
  const packets: Packets[] = [];
  for (const { socket } of description.cables) {
    const one = await connected(socket, wake);
    scope.defer(() => one.close());
    packets.push(one);
  }
  const disks = [description.root, description.rest].map((file, index) => {
    const medium = plainDiskIn(file, index > 0);
    scope.defer(() => medium[Symbol.dispose]());
    return medium;
  });
  const lines = [new Outgoing(), new Outgoing(), new Outgoing()] as const;
  for (const line of lines) line.onRoom = wake;
  const [out, error, log] = lines;
  const poured = Promise.all([pour(out, process.stdout), pour(error, process.stderr), append(log, description.kernelLog)]);
  const time = new EvenTime(hostTime());
  const pc = new Pc({
    ...{ engine: engine(), memoryBytes: description.memoryBytes, now: time.now, startSeconds: Date.now() / 1000, lines },
    media: { ...noMedia, nvme: disks },
    network: description.cables.map(({ mac }, index) => ({ cable: packets[index]?.cable ?? nowhere, mac: bytesOf(mac) })),
    start: once(description, () => drive?.stop()),
  });
  const misfit = pc.boot();
  if (misfit !== undefined) throw refusalOf(misfit, {});
  const [console] = pc.chips.serial;
  const keys = console && typing(console, wake);
  scope.defer(() => keys?.close());
  const tidying = new Tidying(() => [pc.processor.unused]);
  scope.defer(() => tidying[Symbol.dispose]());
  const driven = new Drive(pc, hostTimers, time);
  drive = driven;
  signal.addEventListener('abort', () => driven.stop(), { once: true });
  const end = await driven.run({
    feed: () => {
      let isFed = keys?.feed() ?? false;
      for (const [index, card] of pc.network.entries()) if (packets[index]?.feed(card) === true) isFed = true;
      for (const uart of pc.chips.serial.slice(1)) uart.release();
      return isFed;
    },
    look: () => {},
    worked: tidying.worked,
  });
  for (const line of lines) line.close();
  await poured;
  if (end?.why !== 'stuck') return 0;
  process.stderr.write(`isola: the machine’s processor stands still at 0x${pc.processor.rip.toString(16)}\n`);
  return 1;
};

const nowhere = { transmit: (): void => {} };

const bytesOf = (mac: string): Uint8Array => Uint8Array.from(mac.split(':').map((byte) => Number.parseInt(byte, 16)));

/** What it begins with. A machine that is to begin anew ends: whoever keeps it starts it with what it is to be by then. */
const once = (
  { kernel, initrd, commandLine }: MachineDescription,
  again: () => void,
): NonNullable<ConstructorParameters<typeof Pc>[0]['start']> => {
  const program = kernelIn(kernel, () => {});
  const modules = [{ bytes: readWhole(initrd, 'initrd'), words: new Uint8Array() }];
  let isBegun = false;
  return () => {
    if (isBegun) again();
    isBegun = true;
    return { program, commandLine: new TextEncoder().encode(commandLine), modules };
  };
};
