/**
 * Where machines go on from whose disk begins as a template's: a snapshot of one that went on from what all of its shape begin with, and has mounted that disk, only to be read. It is made once for each template and shape, by the
 * first machine that begins so.
 */
import { createHash } from 'node:crypto';
import { statSync, utimesSync } from 'node:fs';
import { basename } from 'node:path';
import type { Call, Template } from '../../environment/index.ts';
import { isMissing } from '../../host/file/files.ts';
import type { Surroundings } from '../../jail/index.ts';
import type { Shape } from '../process/description.ts';
import { type Outset, outsetAt, workIn } from './outset.ts';

/** Here already, or made now. */
export const obtainRooted = async (
  surroundings: Surroundings,
  shape: Shape,
  from: Outset,
  { disk, mounted: directory }: Template,
  call: Call,
): Promise<Outset> => {
  const rooted = outsetAt(`${directory}/${keyOf(from, disk)}`);
  if (isUsed(rooted)) return rooted;
  return surroundings.alone(
    'outsets',
    'mount a disk for machines to start from',
    async () => {
      if (!isUsed(rooted))
        await (await import('./prepare.ts')).prepareRooted(
          { surroundings, shape, from, disk, directory, work: workIn(surroundings), ...rooted },
          call,
        );
      return rooted;
    },
    call.signal,
  );
};

/** Whether it is there, and then used once more: those are kept that were used last. */
const isUsed = ({ snapshot }: Outset): boolean => {
  const now = new Date();
  try {
    utimesSync(snapshot, now, now);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
};

const keyOf = (from: Outset, disk: string): string => {
  const { ino, size, ctimeMs } = statSync(disk);
  return createHash('sha256')
    .update(`${basename(from.snapshot)} ${disk} ${ino} ${size} ${ctimeMs}`)
    .digest('hex')
    .slice(0, 32);
};
