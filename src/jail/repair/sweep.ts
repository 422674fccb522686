/** What a killed isola may have left on the host: found by its mark, removed if nobody lives there. */
import type { Definition } from '../../environment/index.ts';
import { removeParent } from '../../host/cgroup/index.ts';
import { detachLoops, loops } from '../../host/file/disk-image.ts';
import { mountsBelow } from '../../host/file/file-system.ts';
import { entriesIn, removeTree } from '../../host/file/files.ts';
import { removeLargeTree } from '../../host/file/tree.ts';
import { commandLineOf, markOf, signal } from '../../host/program/processes.ts';
import { isRootless } from '../../host/user/index.ts';
import { groupIds, groupOf } from '../group.ts';
import { bridgeLeftovers, strayWires } from '../network.ts';
import { parentGroup, placesOf, type Surroundings } from '../place.ts';
import { removeCompilation } from '../start/filter.ts';
import { mend } from './mend.ts';

const idPattern = /^[0-9a-f]{8}$/;

/** Describes every left-over, and removes it if `repair`. Control groups first: with their processes goes what these hold. */
export const sweep = async (surroundings: Surroundings, living: readonly Definition[], repair: boolean): Promise<readonly string[]> => {
  const { tag, store, runtime } = surroundings;
  const ids = new Set<string>(living.map(({ id }) => id));
  const ownerOf = (path: string): string => path.slice(`${store}/ve/`.length).split('/')[0] ?? '';
  const isStray = (name: string): boolean => idPattern.test(name) && !ids.has(name);
  const found: string[] = [];
  const each = async (names: Iterable<string>, describe: (name: string) => string, remove: (name: string) => Promise<void> | void) => {
    for (const name of names) {
      found.push(describe(name));
      if (repair) await remove(name);
    }
  };
  await each(
    groupIds(surroundings).filter(isStray),
    (id) => (isRootless() ? `processes of ${id}` : `control group ${parentGroup(tag)}/${id}`),
    async (id) => {
      const group = groupOf(placesOf(surroundings, id));
      await group.kill();
      await group.remove();
    },
  );
  await each(
    strayKeepers(runtime, isStray),
    (pid) => `keeper process ${pid}`,
    (pid) => void signal(Number(pid), 'SIGKILL'),
  );
  const wires = new Map((await strayWires(surroundings, living)).map(({ what, remove }) => [what, remove]));
  await each(
    wires.keys(),
    (what) => what,
    async (what) => wires.get(what)?.(),
  );
  if (!repair && living.length === 0 && !isRootless()) found.push(...(await bridgeLeftovers(surroundings)));
  found.push(...(await mend(surroundings, living, repair)));
  const { unmount } = await import('../../host/kernel/libc.ffi.ts');
  await each(
    mountsBelow(`${store}/ve/`).filter((path) => isStray(ownerOf(path))),
    (path) => `mount ${path}`,
    (path) => unmount(path, { detach: true }),
  );
  await each(
    loops().flatMap(({ file }) => (file.startsWith(`${store}/ve/`) && isStray(ownerOf(file)) ? [file] : [])),
    (file) => `loop device of ${file}`,
    async (file) => void (await detachLoops((other) => other === file)),
  );
  await each(
    entriesIn(`${runtime}/crun`).filter(isStray),
    (id) => `runtime state ${runtime}/crun/${id}`,
    (id) => removeTree(`${runtime}/crun/${id}`),
  );
  await each(
    entriesIn(`${runtime}/ve`).filter(isStray),
    (id) => `runtime files ${runtime}/ve/${id}`,
    (id) => removeTree(`${runtime}/ve/${id}`),
  );
  await each(
    entriesIn(`${store}/ve`).filter(isStray),
    (id) => `files ${store}/ve/${id}`,
    (id) => removeLargeTree(`${store}/ve/${id}`),
  );
  await each(
    halfWritten(surroundings, ids),
    (path) => `half written file ${path}`,
    (path) => (path.startsWith(`${runtime}/filter.`) ? removeCompilation(path) : removeTree(path)),
  );
  if (repair && living.length === 0) removeParent(parentGroup(tag));
  return found;
};

/** What a process that is gone wrote for a command it entered, or had not yet renamed. */
const halfWritten = ({ runtime, store }: Surroundings, living: ReadonlySet<string>): readonly string[] =>
  [runtime, `${store}/filters`, ...[...living].map((id) => `${runtime}/ve/${id}`)].flatMap((directory) =>
    entriesIn(directory).flatMap((name) => {
      const pid = /^exec-(\d+)-/.exec(name)?.[1] ?? /\.(\d+)\.new$/.exec(name)?.[1];
      return pid === undefined || markOf(Number(pid)) !== undefined ? [] : [`${directory}/${name}`];
    }),
  );

/** conmon processes whose bundle is one of this store's. */
const strayKeepers = (runtime: string, isStray: (id: string) => boolean): readonly string[] =>
  entriesIn('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    const words = commandLineOf(Number(pid));
    const bundle = words[words.indexOf('--bundle') + 1] ?? '';
    return words[0] === 'conmon' && bundle.startsWith(`${runtime}/ve/`) && isStray(bundle.slice(`${runtime}/ve/`.length));
  });
