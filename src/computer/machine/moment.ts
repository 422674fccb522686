/** Moments of a machine that runs: kept with all that runs in it, and gone on from. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Abort, Refusal } from '../../environment/index.ts';
import { diskOf } from '../../host/cgroup/block.ts';
import { take } from '../../jail/facet/snapshots.ts';
import { beginMoment, finishMoment, momentIn, overlaidMark } from '../../jail/root/disk.ts';
import {
  foreignMemory,
  layersIn,
  linkLayers,
  makeLayers,
  nextLayer,
  ownMemory,
  resumedIn,
  seal,
  signatureIn,
} from '../../jail/root/layers.ts';
import { type Base, factsOf, levelIn, memoryIn, type Shape } from '../process/description.ts';
import { momentFiles } from '../process/moments.ts';
import { Snapshot } from '../snapshot/index.ts';
import { ask } from './ask.ts';
import { inside } from './inside.ts';
import type { Machine } from './machine.ts';
import { mergeLayers } from './merge.ts';
import { refuseChanged, sign } from './signature.ts';

/** Throws `no-moment` where its process says why not; then it runs as before. */
export const keep = async (
  machine: Machine,
  snapshot: string,
  signal: Abort,
): Promise<{ readonly bytes: number; readonly how: string }> => {
  const { lasting, image, base } = machine.place;
  const memory = `${momentIn(lasting)}/${momentFiles.memory}`;
  let stoodMs = '';
  const { bytes } = await take(machine, snapshot, signal, async (directory) => {
    await mergeLayers(machine.definition.name, layersIn(lasting), lowestOf(machine), signal);
    // What is to be written to the disk is, as far as it can be before the machine stands still for the rest.
    harden(image);
    beginMoment(machine.place);
    try {
      stoodMs = await withRoom(machine, () =>
        ask(machine, 'keep', (why, options) => new Refusal('no-moment', [machine.definition.name, why], options)),
      );
    } finally {
      finishMoment(lasting, image);
    }
    for (const path of [image, `${layersIn(lasting)}/${nextLayer(layersIn(lasting)) - 1}`]) harden(path);
    const layers = layersIn(directory);
    makeLayers(layers, base);
    if (existsSync(overlaidMark(lasting))) writeFileSync(overlaidMark(directory), '');
    linkLayers(layersIn(lasting), layers);
    const place = `${layers}/${ownMemory}`;
    renameSync(memory, place);
    seal(place);
    harden(place);
    await sign(machine.surroundings, layers, place);
  });
  return { bytes, how: `with all that runs, which stood still for ${stoodMs} ms` };
};

/** What all its layers stand on. */
const lowestOf = ({ isOverlaid, diskBytes: sizeBytes }: Machine): Base => ({
  path: isOverlaid ? inside.base : `${inside.layers}/0`,
  format: 'raw',
  sizeBytes,
});

/** It may have as much memory again meanwhile: what it has written is copied. Where that can't be taken back, it keeps it until its limits are set next. */
const withRoom = async <T>(machine: Machine, work: () => Promise<T>): Promise<T> => {
  const { memoryBytes, ...others } = machine.groupLimits(machine.definition.spec.limits);
  if (memoryBytes === undefined) return work();
  const disk = diskOf((await machine.root()).onDisk);
  const allow = (moreBytes: number): void => machine.group.apply({ ...others, memoryBytes: memoryBytes + moreBytes }, disk);
  allow(machine.shape.memoryBytes);
  try {
    return await work();
  } finally {
    unlessRefused(() => allow(0));
  }
};

const unlessRefused = (work: () => void): void => {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
};

const harden = (path: string): void => {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
};

/**
 * What it goes on from, where it is to: once, for after that its disk is another one. Throws `no-restore` where that is none that this machine can go on from; then the next start boots, unless a change of its limits makes it one.
 */
export const takeUp = async ({
  place,
  shape,
  pid,
  surroundings,
}: Pick<Machine, 'place' | 'shape' | 'pid' | 'surroundings'>): Promise<
  { readonly path: string; readonly as: 'itself' | 'as another'; readonly shape: Shape } | undefined
> => {
  if (pid !== null) return undefined;
  const layers = layersIn(place.lasting);
  const path = resumedIn(layers);
  rmSync(path, { force: true });
  for (const [name, as] of [
    [ownMemory, 'itself'],
    [foreignMemory, 'as another'],
  ] as const) {
    if (!existsSync(`${layers}/${name}`)) continue;
    const take = (): void => renameSync(`${layers}/${name}`, path);
    let there = shape;
    try {
      using snapshot = opened(`${layers}/${name}`, take);
      // Less than it was switched on with it has by lending the rest.
      const { computer } = snapshot.header;
      there = { ...shape, memoryBytes: Math.max(memoryIn(computer), shape.memoryBytes), level: levelIn(computer) };
      snapshot.refuseUnlike(factsOf(there));
      take();
      await refuseChanged(surroundings, layers, path);
    } finally {
      if (existsSync(path)) rmSync(signatureIn(layers), { force: true });
    }
    return { path, as, shape: there };
  }
  return undefined;
};

/** `take`: what is none, or of another isola, is never one. */
const opened = (path: string, take: () => void): Snapshot => {
  try {
    return new Snapshot(path);
  } catch (error) {
    if (error instanceof Refusal) take();
    throw error;
  }
};
