/** Makes what machines go on from: one is booted and saved, and another that goes on from there goes through a start, which has its code predecoded. */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { machineArchive, outsetArchive } from '../../agent/index.ts';
import { type Call, Refusal } from '../../environment/index.ts';
import { makeDirectory, removeTree } from '../../host/file/files.ts';
import { run } from '../../host/program/run.ts';
import type { Surroundings } from '../../jail/index.ts';
import type { MachineKernel } from '../kernel/kernel.ts';
import type { OutsetDescription, Shape } from '../process/description.ts';
import { nodeOptions, ownProgram } from './isola.ts';
import type { Outset } from './outset.ts';
import { rehearse } from './rehearsal.ts';

/** What its kernel has to say goes to the third serial port, and no other: its driver has one console. The agent makes the first a system's, where its getty asks for a login. */
const kernelLine = ['console=ttyS2', 'quiet', 'loglevel=1', 'panic=-1'];
/** Of other shapes, and what newer ones have taken the place of. */
const keptMost = 8;

interface Wanted extends Outset {
  readonly surroundings: Surroundings;
  readonly shape: Shape;
  readonly kernel: MachineKernel;
  /** Programs of the first file system. */
  readonly agent: string;
  readonly busybox: string;
  /** Where outsets are, and where this one is prepared. */
  readonly directory: string;
  readonly work: string;
}

/** Throws `start-refused`. */
export const prepareOutset = async (wanted: Wanted, call: Call): Promise<void> => {
  const { surroundings, shape, kernel, directory, work } = wanted;
  call.progress({ stage: 'booting a machine to start this and others from, once' });
  makeDirectory(directory, 0o711);
  forgetOldest(directory);
  removeTree(work);
  makeDirectory(work, 0o700);
  const made = { snapshot: `${work}/snapshot`, code: `${work}/code` };
  try {
    writeFileSync(`${work}/initrd`, initrdOf(wanted));
    const description: OutsetDescription = {
      ...{ kind: 'outset', kernel: kernel.program, initrd: `${work}/initrd`, commandLine: kernelLine.join(' '), to: made.snapshot },
      ...shape,
    };
    writeFileSync(`${work}/outset.json`, JSON.stringify(description));
    const { main } = ownProgram(surroundings);
    await run(process.execPath, [...nodeOptions, main, 'machine', `${work}/outset.json`], { signal: call.signal });
    await rehearse({ surroundings, shape, from: made.snapshot, to: made.code, work }, call.signal);
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

/** By when they were made, with their code. */
const forgetOldest = (directory: string): void => {
  const made = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const all = readdirSync(directory).map((name) => `${directory}/${name}`);
  const snapshots = all.filter((path) => !path.endsWith('.code')).toSorted((a, b) => made(b) - made(a));
  const kept = snapshots.slice(0, keptMost - 1);
  for (const path of all) if (!kept.includes(path.replace(/\.code$/, ''))) rmSync(path, { recursive: true, force: true });
};

const initrdOf = ({ kernel: { drivers }, agent, busybox }: Wanted): Uint8Array =>
  Buffer.concat([
    machineArchive(readFileSync(agent), readFileSync(busybox)),
    outsetArchive({
      ...{ line: 'eth0', words: '/dev/ttyS2', console: 'ttyS0', errors: 'ttyS1' },
      drivers: drivers.map((path) => ({ name: basename(path), bytes: readFileSync(path) })),
      rest: '/dev/nvme1n1',
    }),
  ]);
