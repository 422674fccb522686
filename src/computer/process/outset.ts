/** Boots a machine as far as it is the same for all, and saves it there: its agent waits to be told what it is to be. */
import { chmodSync } from 'node:fs';
import { EvenTime } from '../../desk/index.ts';
import type { Abort } from '../../environment/index.ts';
import type { Disk } from '../../machine/index.ts';
import { kernelIn, readWhole } from '../boot/bootable.ts';
import { refusalOf } from '../boot/start.ts';
import { saveSnapshot } from '../snapshot/index.ts';
import { hostTime } from '../time.ts';
import { computerOf } from './computer.ts';
import { factsOf, type OutsetDescription } from './description.ts';
import { restDisk } from './rest-disk.ts';
import { nobody, untilItWaits } from './waiting.ts';

/** Whoever goes on from it may be anybody's: it holds nothing but Debian's kernel and our agent. */
const mode = 0o644;

/** Throws `start-refused` where it ends before it waits. */
export const saveOutset = async (description: OutsetDescription, signal: Abort): Promise<void> => {
  const program = kernelIn(description.kernel, () => {});
  const modules = [{ bytes: readWhole(description.initrd, 'initrd'), words: new Uint8Array() }];
  const time = new EvenTime(hostTime());
  const pc = await untilItWaits(
    (lines) => {
      const made = computerOf(description, {
        ...{ ...nobody, now: time.now, disks: [blank, restDisk()], lines },
        start: () => ({ program, commandLine: new TextEncoder().encode(description.commandLine), modules }),
      });
      const misfit = made.boot();
      if (misfit !== undefined) throw refusalOf(misfit, {});
      return made;
    },
    time,
    signal,
  );
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
