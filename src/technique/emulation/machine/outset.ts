/**
 * Where all machines of one shape go on from: a snapshot of one whose kernel and agent stand, and wait to be told what it is to be. It is made once for each store, kernel, agent, isola and
 * shape, and takes what a boot takes; whoever starts from it has that behind him.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { machineArchive, outsetArchive, restMost } from '../../../agent/index.ts';
import { type Call, Refusal } from '../../../environment/index.ts';
import { makeDirectory, removeTree } from '../../../host/file/files.ts';
import { packageFile } from '../../../host/program/programs.ts';
import { run } from '../../../host/program/run.ts';
import type { Surroundings } from '../../../jail/index.ts';
import { type MachineKernel, obtainKernel } from '../kernel/kernel.ts';
import type { OutsetDescription, Shape } from '../process/description.ts';
import { nodeOptions, ownProgram } from './isola.ts';

/** What its kernel has to say goes to the third serial port, and no other: its driver has one console. The agent makes the first a system's, where its getty asks for a login. */
const kernelLine = ['console=ttyS2', 'quiet', 'loglevel=1', 'panic=-1'];
/** Counted up whenever what is saved is another one though nothing below has changed. */
const edition = 2;
/** Of other shapes, and what newer ones have taken the place of. */
const keptMost = 8;

/** Path of the snapshot: here already, or made now. */
export const obtainOutset = async (surroundings: Surroundings, shape: Shape, call: Call): Promise<string> => {
  const kernel = await obtainKernel(surroundings, call);
  const initrd = initrdOf(kernel, surroundings.guest);
  const directory = `${surroundings.store}/outsets`;
  const path = `${directory}/${keyOf(kernel, initrd, shape, surroundings)}`;
  if (existsSync(path)) return path;
  return surroundings.alone(
    'outsets',
    'boot a machine to start others from',
    async () => {
      if (existsSync(path)) return path;
      call.progress({ stage: 'booting a machine to start this and others from, once' });
      makeDirectory(directory, 0o711);
      forgetOldest(directory);
      const work = `${directory}/work.new`;
      removeTree(work);
      makeDirectory(work, 0o700);
      try {
        writeFileSync(`${work}/initrd`, initrd);
        const description: OutsetDescription = {
          ...{ kind: 'outset', kernel: kernel.program, initrd: `${work}/initrd`, commandLine: kernelLine.join(' '), to: path },
          ...shape,
        };
        writeFileSync(`${work}/outset.json`, JSON.stringify(description));
        const { main } = ownProgram(surroundings);
        await run(process.execPath, [...nodeOptions, main, 'machine', `${work}/outset.json`], { signal: call.signal });
      } catch (error) {
        call.signal.throwIfAborted();
        if (!(error instanceof Refusal)) throw error;
        throw new Refusal('start-refused', ['a machine to start others from', error.message], { cause: error });
      } finally {
        removeTree(work);
      }
      return path;
    },
    call.signal,
  );
};

/** By when they were made. */
const forgetOldest = (directory: string): void => {
  const made = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const all = readdirSync(directory).map((name) => `${directory}/${name}`);
  for (const path of all.toSorted((a, b) => made(b) - made(a)).slice(keptMost - 1)) removeTree(path);
};

const keyOf = (kernel: MachineKernel, initrd: Uint8Array, shape: Shape, surroundings: Surroundings): string => {
  const hash = createHash('sha256').update(initrd).update(kernelLine.join(' '));
  hash.update(`${kernel.release} ${edition} ${restMost} ${shape.memoryBytes} ${shape.cards} ${sourcesOf(surroundings)}`);
  return hash.digest('hex').slice(0, 32);
};

/** Which isola writes and reads it: what is saved of devices and of the processor may be others in another one. */
const sourcesOf = (surroundings: Surroundings): string => {
  const { home } = ownProgram(surroundings);
  const index = `${home}/.isola/joined/index.json`;
  // Its sources' own marks, or the package's version.
  const mark = existsSync(index) ? (JSON.parse(readFileSync(index, 'utf8')) as { readonly rare?: unknown }).rare : undefined;
  return mark === undefined ? readFileSync(`${home}/package.json`, 'utf8') : JSON.stringify(mark);
};

const initrdOf = ({ drivers }: MachineKernel, guest: string): Uint8Array =>
  Buffer.concat([
    machineArchive(readFileSync(`${guest}/agent`), readFileSync(packageFile('/bin/busybox'))),
    outsetArchive({
      ...{ line: 'eth0', words: '/dev/ttyS2', console: 'ttyS0', errors: 'ttyS1' },
      drivers: drivers.map((path) => ({ name: basename(path), bytes: readFileSync(path) })),
      rest: '/dev/nvme1n1',
    }),
  ]);
