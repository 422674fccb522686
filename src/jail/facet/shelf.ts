/** Files that are kept in one way, and are to be kept in another: a directory, a file system in a file, a machine's disk. */
import { existsSync, mkdirSync } from 'node:fs';
import { type Call, type Made, Refusal, type Shelf } from '../../environment/index.ts';
import { copyTree, removeLargeTree } from '../../host/file/tree.ts';
import { run } from '../../host/program/run.ts';
import type { Jailed } from '../jailed.ts';
import { copying } from '../root/copy.ts';
import { type RootKind, rootKinds, rootOf } from '../root/index.ts';
import { arrange as arrangeRoot, beginMoving, isMoving, movingIn, newPlace } from '../root/moving.ts';

export const spread = async (jailed: Jailed, directory: string, firstId: number, call: Call): Promise<void> => {
  const { definition, place } = jailed;
  // What it has of its template has other owners on the host than what it has of its own.
  if (definition.made?.kind === 'overlay')
    throw new Refusal('facet-absent', [
      definition.spec.technique,
      'a move of an overlay to a disk',
      'only a copy of its own can move: launch another without --root overlay',
    ]);
  const root = await jailed.root();
  await root.mount(undefined);
  try {
    await copyTree(place.root, directory, copying(firstId - place.base, definition.template.files, call));
  } finally {
    await root.unmount();
  }
};

export const take = async (jailed: Jailed, from: Shelf, call: Call): Promise<Made> => {
  const { definition, place } = jailed;
  const made = await jailed.chooseRoot();
  const kind = kindOf(made);
  const fresh = newPlace(place);
  const root = await rootOf(kind, definition, fresh);
  if (root.makeFromTree === undefined) throw new Error(`no ${kind} is made of a tree`);
  await removeMoving(jailed);
  beginMoving(place, kind);
  try {
    const tree = `${movingIn(place)}/tree`;
    mkdirSync(tree, { mode: 0o700 });
    // In a machine, root is root.
    await from.spread(tree, kind === 'disk' ? 0 : place.base, call);
    await root.makeFromTree(tree, call);
    if (existsSync(tree)) await removeLargeTree(tree);
    // All of it is there when the registry says so.
    await run('sync', ['--file-system', movingIn(place)], { signal: call.signal });
  } catch (error) {
    await removeMoving(jailed);
    throw error;
  }
  return made;
};

export const arrange = async ({ definition, place }: Jailed): Promise<void> => {
  if (definition.made === null) throw new Error(`${definition.name} has no root file system yet`);
  arrangeRoot(kindOf(definition.made), place);
};

export const finish = (jailed: Jailed): Promise<void> => removeMoving(jailed);

/** After a crash within these: what the registry says is in place, and nothing beside it. */
export const recover = async (jailed: Jailed): Promise<void> => {
  await arrange(jailed);
  await removeMoving(jailed);
};

const removeMoving = async (jailed: Jailed): Promise<void> => {
  if (!isMoving(jailed)) return;
  // One that was being filled.
  await (await rootOf('image', jailed.definition, newPlace(jailed.place))).unmount();
  await removeLargeTree(movingIn(jailed.place));
};

const kindOf = ({ kind }: Made): RootKind => {
  const known = rootKinds.find((one) => one === kind);
  if (known === undefined) throw new Error(`${kind} is no kind of root file system`);
  return known;
};
