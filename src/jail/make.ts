/** The lasting parts of an environment: made once, removed once. */
import { existsSync } from 'node:fs';
import type { Call, Made, Origin } from '../environment/index.ts';
import { makeDirectory, removeTree } from '../host/file/files.ts';
import { removeLargeTree } from '../host/file/tree.ts';
import type { Jailed } from './jailed.ts';
import { placeOf } from './place.ts';
import { rootOf } from './root/index.ts';

export const create = async (jailed: Jailed, origin: Origin, call: Call): Promise<Made> => {
  const { definition, place, surroundings } = jailed;
  const made = (origin.from === 'environment' ? origin.source.made : null) ?? (await jailed.chooseRoot());
  makeDirectory(place.lasting, 0o711);
  const root = await rootOf(made.kind, definition, place);
  if (origin.from === 'template') await root.makeFromTemplate(call);
  else await root.makeFrom(placeOf(surroundings, origin.source), origin.snapshot, call);
  return made;
};

/** Nothing may be mounted or run any more, unless its making was interrupted: then nobody knows which kind it was to be. */
export const removeLasting = async ({ definition, place }: Jailed): Promise<void> => {
  if (!existsSync(place.lasting)) return;
  if (definition.made === null) for (const kind of ['overlay', 'image']) await (await rootOf(kind, definition, place)).unmount();
  if (definition.made?.kind === 'overlay' && definition.spec.ephemeral) removeTree(place.lasting);
  else await removeLargeTree(place.lasting);
};
