/** Prints help. Loaded only then. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type VerbName, verbs } from '../../../environment/command/index.ts';
import type { Globals } from '../line/globals.ts';
import type { Outside } from '../telling/outside.ts';
import { type Paint, paintFor } from '../telling/style.ts';
import { write } from '../telling/write.ts';
import { widthOf } from './layout.ts';

/** The words of a command or a group, or none. */
export const printHelp = async (words: readonly string[], { color }: Partial<Globals>, outside: Outside): Promise<number> => {
  await write(outside.stdout, await helpFor(words, widthOf(outside), paintFor(outside, 1, color)));
  return 0;
};

export const helpFor = async (words: readonly string[], width: number, paint: Paint): Promise<string> => {
  const name = words.join(' ');
  if (Object.hasOwn(verbs, name)) return (await import('./verb.ts')).verbHelp(await verbs[name as VerbName](), width, paint);
  const { groupHelp, overview } = await import('./overview.ts');
  return words.length === 0 ? await overview(width, paint) : await groupHelp(words, width, paint);
};

export const printVersion = async (outside: Outside): Promise<number> => {
  await write(outside.stdout, `isola ${versionFrom(import.meta.dirname)}\n`);
  return 0;
};

/** The version in the package.json of the folder or one above. */
const versionFrom = (folder: string): string => {
  const path = join(folder, 'package.json');
  if (existsSync(path)) return (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version;
  if (dirname(folder) === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
  return versionFrom(dirname(folder));
};
