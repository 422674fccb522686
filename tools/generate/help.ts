/** The help of every command, 80 columns wide and without colours: golden files. */
import { type VerbName, verbs } from '../../src/environment/command/index.ts';
import { helpFor } from '../../src/surface/cli/help/index.ts';

export const helpFiles = async (): Promise<readonly (readonly [path: string, text: string])[]> => {
  const names = (Object.keys(verbs) as VerbName[]).map((name) => name.split(' '));
  const groups = new Set(names.filter((words) => words.length > 1).map((words) => words[0] ?? ''));
  const all = [[], ...[...groups].map((group) => [group]), ...names];
  return Promise.all(
    all.map(
      async (words) => [`test/golden/help/${['isola', ...words].join('-')}.txt`, await helpFor(words, 80, (_, text) => text)] as const,
    ),
  );
};
