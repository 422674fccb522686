/**
 * A root file system that becomes one of another kind: the new one is made beside the old one, takes its place when the registry says so, and the old one stays beside it until the new one has proved itself.
 * What the registry says is always what is done: whoever is killed at this leaves what the next one finishes or undoes.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { makeDirectory } from '../../host/file/files.ts';
import type { Place } from '../place.ts';
import { rootIn } from '../place.ts';
import type { RootKind } from './index.ts';

/** What each kind has in an environment's directory. */
const parts: Readonly<Record<RootKind, readonly string[]>> = {
  directory: ['root'],
  overlay: ['root', 'upper', 'work', 'lower'],
  image: ['root', 'disk.img'],
  disk: ['disk.img', 'layers', 'moment', 'overlaid'],
};
const all = [...new Set(Object.values(parts).flat())];

export const movingIn = ({ lasting }: Pick<Place, 'lasting'>): string => `${lasting}/moving`;

/** Where the new one is made. */
export const newPlace = (place: Place): Place => ({ ...place, ...rootIn(`${movingIn(place)}/new`) });

export const isMoving = ({ place }: { readonly place: Pick<Place, 'lasting'> }): boolean => existsSync(movingIn(place));

/** Only root gets at what is beside. */
export const beginMoving = (place: Place, to: RootKind): void => {
  makeDirectory(movingIn(place), 0o700);
  for (const directory of ['new', 'old']) makeDirectory(`${movingIn(place)}/${directory}`, 0o700);
  writeFileSync(`${movingIn(place)}/kind`, to);
};

export type Step = readonly [from: string, to: string];

/** What is to be renamed so that a root of this kind is in place, in order; none where it is. After any of them it may be asked again. */
export function* stepsTo(kind: RootKind, { lasting }: Pick<Place, 'lasting'>): Generator<Step> {
  const beside = movingIn({ lasting });
  const isNew = existsSync(`${beside}/kind`) && readFileSync(`${beside}/kind`, 'utf8') === kind;
  const [ours, others] = isNew ? ['new', 'old'] : ['old', 'new'];
  for (const name of all) {
    const [place, from, to] = [`${lasting}/${name}`, `${beside}/${ours}/${name}`, `${beside}/${others}/${name}`];
    const isBeside = existsSync(from);
    if (existsSync(place) && (isBeside || !parts[kind].includes(name))) yield [place, to];
    if (isBeside) yield [from, place];
  }
}

export const arrange = (kind: RootKind, place: Pick<Place, 'lasting'>): void => {
  for (const [from, to] of stepsTo(kind, place)) renameSync(from, to);
};
