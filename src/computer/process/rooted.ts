/**
 * Goes on from what all machines begin with, has the agent mount a root, only to be read, and saves the machine there: it waits to be told the rest. No program of that root has run, and nothing was written to its disk, so
 * whoever has the same disk goes on from it.
 */
import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { EvenTime } from '../../desk/index.ts';
import { type Abort, Refusal } from '../../environment/index.ts';
import { fence } from '../../host/kernel/fence.ffi.ts';
import { type Disk, instant } from '../../machine/index.ts';
import { plainDiskIn } from '../media.ts';
import { Snapshot, saveSnapshot } from '../snapshot/index.ts';
import { hostTime } from '../time.ts';
import { computerOf } from './computer.ts';
import { factsOf, type RootedDescription } from './description.ts';
import { beginWithCode, keepCode } from './known-code.ts';
import { restDisk } from './rest-disk.ts';
import { nobody, untilItWaits } from './waiting.ts';

/** Machines of any user id read it, where it is shown to them. */
const mode = 0o644;

/** Throws `start-refused` where it ends before it waits, or writes to its disk. */
export const saveRooted = async (description: RootedDescription, signal: Abort): Promise<void> => {
  const { from, code, root, rest, to } = description;
  const facts = factsOf(description);
  using snapshot = new Snapshot(from);
  using medium = plainDiskIn(root, true);
  const disk = new Unwritten(medium);
  const since = hostTime();
  const time = new EvenTime(() => instant(snapshot.at + since()), false);
  const pc = await untilItWaits(
    (lines) => {
      const made = computerOf(description, {
        ...{ ...nobody, now: time.now, disks: [disk, restDisk(rest)], lines, isLearning: true },
        start: () => {
          throw new Refusal('start-refused', ['a machine', 'it began anew']);
        },
      });
      snapshot.restore(made, { facts, isMapped: true, isChecked: true });
      made.emulated?.code.keepAll();
      beginWithCode(code, made);
      fence([dirname(to.snapshot)]);
      return made;
    },
    time,
    signal,
  );
  if (disk.wasWritten) throw new Refusal('start-refused', ['a machine', 'it wrote to a disk that it was to read']);
  saveSnapshot(pc, to.snapshot, facts);
  chmodSync(to.snapshot, mode);
  using saved = new Snapshot(to.snapshot);
  keepCode(to.code, pc, saved);
};

/** To the machine it is a disk as it will have one: it may be written, and takes nothing yet. */
class Unwritten implements Disk {
  readonly isReadOnly = false;
  readonly #disk: Disk;
  wasWritten = false;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  get sizeBytes(): number {
    return this.#disk.sizeBytes;
  }

  read(at: number, into: Uint8Array): boolean {
    return this.#disk.read(at, into);
  }

  write(): boolean {
    this.wasWritten = true;
    return false;
  }

  discard(): boolean {
    return this.write();
  }

  flush(): boolean {
    return true;
  }
}
