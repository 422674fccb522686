/** Makes what machines go on from: one is booted and saved, and another that goes on from there goes through a start, which has its code predecoded. */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { machineArchive, outsetArchive, rootText } from '../../agent/index.ts';
import { type Call, Refusal } from '../../environment/index.ts';
import { makeDirectory, removeTree } from '../../host/file/files.ts';
import { run } from '../../host/program/run.ts';
import type { Surroundings } from '../../jail/index.ts';
import type { MachineKernel } from '../kernel/kernel.ts';
import type { OutsetDescription, RootedDescription, Shape } from '../process/description.ts';
import { nodeOptions, ownProgram } from './isola.ts';
import type { Outset } from './outset.ts';
import { rehearse } from './rehearsal.ts';
import { rootOn } from './rest.ts';

/** What its kernel has to say goes to the third serial port, and no other: its driver has one console. The agent makes the first a system's, where its getty asks for a login. */
const kernelLine = ['console=ttyS2', 'quiet', 'loglevel=1', 'panic=-1'];
/** Of other shapes, and what newer ones have taken the place of; and of those that have mounted a disk. */
const [keptMost, keptRooted] = [8, 4] as const;

interface Preparing extends Outset {
  readonly surroundings: Surroundings;
  readonly shape: Shape;
  /** Where outsets are, and where this one is prepared. */
  readonly directory: string;
  readonly work: string;
}

interface Wanted extends Preparing {
  readonly kernel: MachineKernel;
  /** Programs of the first file system. */
  readonly agent: string;
  readonly busybox: string;
}

interface WantedRooted extends Preparing {
  readonly from: Outset;
  /** A raw image. */
  readonly disk: string;
}

/** Throws `start-refused`. */
export const prepareOutset = async (wanted: Wanted, call: Call): Promise<void> => {
  const { surroundings, shape, kernel, directory, work } = wanted;
  call.progress({ stage: 'booting a machine to start this and others from, once' });
  makeDirectory(directory, 0o711);
  forgetOldest([directory], keptMost);
  await preparing(wanted, call, async (made) => {
    writeFileSync(`${work}/initrd`, initrdOf(wanted));
    const description: OutsetDescription = {
      ...{ kind: 'outset', kernel: kernel.program, initrd: `${work}/initrd`, commandLine: kernelLine.join(' '), to: made.snapshot },
      ...shape,
    };
    await carryOut(surroundings, `${work}/outset.json`, description, call);
    await rehearse({ surroundings, shape, from: made.snapshot, to: made.code, work }, call.signal);
  });
};

/** Throws `start-refused`. */
export const prepareRooted = async (wanted: WantedRooted, call: Call): Promise<void> => {
  const { surroundings, shape, from, disk, directory, work } = wanted;
  call.progress({ stage: 'mounting its disk for this and other machines, once' });
  // What a disk has of an image is nobody's else.
  makeDirectory(directory, 0o700);
  forgetOldest(mountedIn(dirname(directory)), keptRooted);
  await preparing(wanted, call, async (made) => {
    writeFileSync(`${work}/rest`, rootText(rootOn(statSync(disk).size)));
    const description: RootedDescription = {
      ...{ kind: 'rooted', from: from.snapshot, code: from.code, root: disk, rest: `${work}/rest`, to: made },
      ...shape,
    };
    await carryOut(surroundings, `${work}/rooted.json`, description, call);
  });
};

/** Has another isola do what a file tells it. */
const carryOut = async (
  surroundings: Surroundings,
  path: string,
  description: OutsetDescription | RootedDescription,
  { signal }: Call,
): Promise<void> => {
  writeFileSync(path, JSON.stringify(description));
  await run(process.execPath, [...nodeOptions, ownProgram(surroundings).main, 'machine', path], { signal });
};

/** What is made is put into its place once it is whole. */
const preparing = async ({ work, ...wanted }: Preparing, call: Call, make: (made: Outset) => Promise<void>): Promise<void> => {
  removeTree(work);
  makeDirectory(work, 0o700);
  const made = { snapshot: `${work}/snapshot`, code: `${work}/code` };
  try {
    await make(made);
    renameSync(made.code, wanted.code);
    renameSync(made.snapshot, wanted.snapshot);
  } catch (error) {
    call.signal.throwIfAborted();
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal('start-refused', ['a machine to start others from', error.message], { cause: error });
  } finally {
    removeTree(work);
  }
};

/** One more is to be made: by when they were made, or used last, with their code. */
const forgetOldest = (directories: readonly string[], most: number): void => {
  const made = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const all = directories.flatMap((directory) => readdirSync(directory).map((name) => `${directory}/${name}`));
  const snapshots = all.filter((path) => !path.endsWith('.code')).toSorted((a, b) => made(b) - made(a));
  const kept = snapshots.slice(0, most - 1);
  for (const path of all) if (!kept.includes(path.replace(/\.code$/, ''))) rmSync(path, { recursive: true, force: true });
};

/** Of all images: `Template.mounted`. */
const mountedIn = (disks: string): readonly string[] =>
  readdirSync(disks)
    .filter((name) => name.endsWith('.mounted'))
    .map((name) => `${disks}/${name}`);

const initrdOf = ({ kernel: { drivers }, agent, busybox }: Wanted): Uint8Array =>
  Buffer.concat([
    machineArchive(readFileSync(agent), readFileSync(busybox)),
    outsetArchive({
      ...{ line: 'eth0', words: '/dev/ttyS2', console: 'ttyS0', errors: 'ttyS1' },
      drivers: drivers.map((path) => ({ name: basename(path), bytes: readFileSync(path) })),
      rest: '/dev/nvme1n1',
    }),
  ]);
