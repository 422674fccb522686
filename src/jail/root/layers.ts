/**
 * What a machine's disk stands on once a moment of it was kept while it ran: images by their numbers, each on the one before, which nobody writes any more. All that stand on them, snapshots and clones, have
 * them by links of their own. Beside them lies the memory of the moment that it goes on from, until it has started.
 */
import { chmodSync, chownSync, existsSync, linkSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { makeDirectory } from '../../host/file/files.ts';

/** Of an environment, or of a snapshot. */
export const layersIn = (directory: string): string => `${directory}/layers`;
/** The environment's own moment. */
export const ownMemory = 'memory';
/** One that another's was. */
export const foreignMemory = 'fork';

/** The same, once it is taken up. */
export const resumedIn = (directory: string): string => `${directory}/resumed`;

/** Whether there is any of them, to be taken up or to be removed. */
export const hasMoment = (directory: string): boolean =>
  [`${directory}/${ownMemory}`, `${directory}/${foreignMemory}`, resumedIn(directory)].some((path) => existsSync(path));

/** What that was signed as. `directory`: what `layersIn` says, here and below. */
export const signatureIn = (directory: string): string => `${directory}/signed`;

/** Numbers of the images, each of which stands on the one before: ascending, but not one by one where some were made one. */
export const layerNumbers = (directory: string): readonly number[] => {
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => /^\d+$/.test(name)) : [];
  return names.map(Number).toSorted((a, b) => a - b);
};

/** What the next one will be. */
export const nextLayer = (directory: string): number => (layerNumbers(directory).at(-1) ?? -1) + 1;

/** Only a machine of this user id gets at them, where they are shown to it. */
export const makeLayers = (directory: string, base: number): void => {
  makeDirectory(directory, 0o750);
  chownSync(directory, 0, base);
  chmodSync(directory, 0o750);
};

/** From one to another. `memory`: as what a moment's memory is to be there. */
export const linkLayers = (from: string, to: string, memory?: string): void => {
  if (existsSync(signatureIn(from))) linkSync(signatureIn(from), signatureIn(to));
  for (const name of existsSync(from) ? readdirSync(from) : []) {
    const isMemory = name === ownMemory || name === foreignMemory;
    if (isMemory || /^\d+$/.test(name)) linkSync(`${from}/${name}`, `${to}/${isMemory ? (memory ?? name) : name}`);
  }
};

/** Nobody writes it any more. What is no file of the machine's own isn't touched: it has had the name. */
export const seal = (path: string): void => {
  if (!lstatSync(path).isFile()) throw new Error(`${path} is no file`);
  chownSync(path, 0, 0);
  chmodSync(path, 0o444);
};

/** How large a disk is that stands on them; undefined: there are none, or what they stand on says so. */
export const sizeBelow = (directory: string): number | undefined => statSync(`${directory}/0`, { throwIfNoEntry: false })?.size;
