/** Boots a machine as far as it is the same for all, and saves it there: its agent waits to be told what it is to be. */
import { chmodSync } from 'node:fs';
import type { Pc } from '../../board/index.ts';
import { Drive, EvenTime } from '../../desk/index.ts';
import { type Abort, Refusal } from '../../environment/index.ts';
import type { Disk } from '../../machine/index.ts';
import { kernelIn, readWhole } from '../boot/bootable.ts';
import { refusalOf } from '../boot/start.ts';
import { saveSnapshot } from '../snapshot/index.ts';
import { hostTime, hostTimers } from '../time.ts';
import { computerOf } from './computer.ts';
import { factsOf, type OutsetDescription } from './description.ts';
import { restDisk } from './rest-disk.ts';

/** guest/agent/rest.c */
const waits = 'isola waits';
/** Whoever goes on from it may be anybody's: it holds nothing but Debian's kernel and our agent. */
const mode = 0o644;

/** Throws `start-refused` where it ends before it waits. */
export const saveOutset = async (description: OutsetDescription, signal: Abort): Promise<void> => {
  let said = '';
  let drive: Drive | undefined;
  const hear = (byte: number): void => {
    said += String.fromCharCode(byte);
    if (said.endsWith(waits)) drive?.stop();
  };
  const program = kernelIn(description.kernel, () => {});
  const modules = [{ bytes: readWhole(description.initrd, 'initrd'), words: new Uint8Array() }];
  const time = new EvenTime(hostTime());
  const pc: Pc = computerOf(description, {
    ...{ now: time.now, disks: [blank, restDisk()], cables: [], files: { ask: () => {} } },
    lines: [{ transmit: () => {} }, { transmit: () => {} }, { transmit: hear }],
    balloon: { released: () => {}, lent: () => {} },
    sockets: { sent: () => {}, onRoom: () => {} },
    panicked: () => {},
    start: () => ({ program, commandLine: new TextEncoder().encode(description.commandLine), modules }),
  });
  const misfit = pc.boot();
  if (misfit !== undefined) throw refusalOf(misfit, {});
  const driven = new Drive(pc, hostTimers, time);
  drive = driven;
  const leave = (): void => driven.stop();
  signal.addEventListener('abort', leave, { once: true });
  try {
    await driven.run({ feed: () => false, look: () => {} });
  } finally {
    signal.removeEventListener('abort', leave);
  }
  signal.throwIfAborted();
  if (!said.includes(waits)) throw new Refusal('start-refused', ['a machine', `it ended while it booted: ${said.trim().slice(-200)}`]);
  saveSnapshot(pc, description.to, factsOf(description));
  chmodSync(description.to, mode);
};

/** Where its root is to be: another one is there later. */
const blank: Disk = {
  ...{ sizeBytes: 65_536, isReadOnly: false },
  read: (_, into) => void into.fill(0) === undefined,
  write: () => false,
  flush: () => true,
};
