/**
 * Where all machines of one shape go on from: a snapshot of one whose kernel and agent stand, and wait to be told what it is to be. It is made once for each store, kernel, agent, isola and
 * shape, and takes what a boot takes; whoever starts from it has that behind him.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { restMost } from '../../agent/index.ts';
import type { Call } from '../../environment/index.ts';
import { packageFile } from '../../host/program/programs.ts';
import type { Surroundings } from '../../jail/index.ts';
import { obtainKernel } from '../kernel/kernel.ts';
import type { Shape } from '../process/description.ts';
import { ownProgram } from './isola.ts';

export interface Outset {
  /** Path of the snapshot. */
  readonly snapshot: string;
  /** Path of what a start from there takes of code, predecoded. */
  readonly code: string;
}

/** By the path of its snapshot. */
export const outsetAt = (snapshot: string): Outset => ({ snapshot, code: `${snapshot}.code` });

/** Counted up whenever what is saved is another one though nothing below has changed. */
const edition = 4;

const outsetsIn = ({ store }: Pick<Surroundings, 'store'>): string => `${store}/outsets`;
/** Where one is prepared. */
export const workIn = (surroundings: Pick<Surroundings, 'store'>): string => `${outsetsIn(surroundings)}/work.new`;

/** Here already, or made now. */
export const obtainOutset = async (surroundings: Surroundings, shape: Shape, call: Call): Promise<Outset> => {
  const kernel = await obtainKernel(surroundings, call);
  const parts = { agent: `${surroundings.guest}/agent`, busybox: packageFile('/bin/busybox') };
  const directory = outsetsIn(surroundings);
  const files = [parts.agent, parts.busybox, kernel.program, ...kernel.drivers];
  const outset = outsetAt(`${directory}/${keyOf(files, shape, surroundings)}`);
  const { snapshot } = outset;
  // The snapshot comes last.
  if (existsSync(snapshot)) return outset;
  return surroundings.alone(
    'outsets',
    'boot a machine to start others from',
    async () => {
      if (!existsSync(snapshot))
        await (await import('./prepare.ts')).prepareOutset(
          { surroundings, shape, kernel, ...parts, directory, work: workIn(surroundings), ...outset },
          call,
        );
      return outset;
    },
    call.signal,
  );
};

/** By when they were made: to read them all takes a start longer than many another part of it. Wherever the store is. */
const keyOf = (files: readonly string[], shape: Shape, surroundings: Surroundings): string => {
  const hash = createHash('sha256');
  for (const path of files) {
    const { size, ctimeMs } = statSync(path);
    hash.update(`${path.replace(surroundings.store, '')} ${size} ${ctimeMs}\n`);
  }
  hash.update(`${edition} ${restMost} ${shape.memoryBytes} ${shape.cards} ${shape.level ?? ''} ${sourcesOf(surroundings)}`);
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
