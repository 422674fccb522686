/** Modules of a kernel, and what each needs: which that is, one release of Debian's tells otherwise than the next. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Refusal } from '../../environment/index.ts';

/** Names of the modules that one needs: linux include/linux/module.h, MODULE_INFO(depends). */
export const needsOf = (module: Uint8Array): readonly string[] => {
  const [, names = ''] = /(?:^|\0)depends=([^\0]*)\0/.exec(Buffer.from(module).toString('latin1')) ?? [];
  return names.split(',').filter((name) => name !== '');
};

/** What the kernel calls the module in a file: linux scripts/Makefile.lib, name-fix. */
export const moduleName = (path: string): string => basename(path, '.ko').replaceAll('-', '_');

/** Paths of these modules, by their names, and of all that they need, each behind what it needs. `tree`: the directory of a kernel's modules. Throws `kernel-absent`. */
export const modulesFor = (names: readonly string[], tree: string): readonly string[] => {
  const files = readdirSync(tree, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ko'));
  const paths = new Map(files.map((path) => [moduleName(path), join(tree, path)]));
  const order = new Set<string>();
  const add = (name: string): void => {
    const path = paths.get(name);
    if (path === undefined) throw new Refusal('kernel-absent', [`Debian’s kernel has no module ${name}`]);
    if (order.has(path)) return;
    for (const needed of needsOf(readFileSync(path))) add(needed);
    order.add(path);
  };
  for (const name of names) add(name);
  return [...order];
};
