/**
 * What of a store is on the host that shouldn't be: the host itself and the database are asked, nothing of isola. A process that a
 * killed one left may take a moment to notice that nobody waits for it, so what is found is looked for again for a while.
 */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { usualPids } from '../../src/environment/index.ts';
import type { Stage } from '../stage/stage.ts';
import { bridges, elements, links, portFiles, tables } from './network.ts';
import { isRunning, linkOf, namesIn, output, type Row, read, readDatabase } from './rows.ts';

/** How long processes that nobody waits for may take to end on a busy host, in ms. */
const patienceMs = 60_000;

/** Empty where all is as the registry says; otherwise what isn't, in words. */
export const leftovers = async (stage: Stage, waitMs = patienceMs): Promise<readonly string[]> => {
  const tag = await stage.tag();
  if (tag === undefined) return [];
  const end = performance.now() + waitMs;
  for (;;) {
    const found = look(stage.store, tag);
    if (found.length === 0 || performance.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const look = (store: string, tag: string): readonly string[] => {
  const runtime = `/run/isola/${tag}`;
  const { rows, others } = readDatabase(`${store}/isola.db`);
  const running = rows.filter(({ id }) => isRunning(runtime, tag, id));
  const ids = new Set(running.map(({ id }) => id));
  const unless = (fine: boolean, found: readonly string[]): readonly string[] => (fine ? [] : found);
  return [
    ...others,
    ...rows.flatMap((row) => untruths(row, ids.has(row.id))),
    ...groups(tag).filter((name) => running.length === 0 || !(name.endsWith('/keepers') || ids.has(name.split('/').at(-1) ?? ''))),
    // What all share ends with the last.
    ...unless(running.length > 0, [...parents(tag), ...bridges(tag), ...tables(tag)]),
    ...links(tag, running),
    ...elements(tag, running),
    ...running.flatMap((row) => limits(tag, row)),
    ...mounts(store, runtime, running),
    ...loops(store, running),
    ...processes(store, runtime, tag, running),
    ...runtimeFiles(runtime, ids),
    ...portFiles(`${runtime}/network`, running),
    ...storeFiles(store, rows),
  ];
};

const untruths = ({ name, phase, intent }: Row, runs: boolean): readonly string[] => [
  ...(intent === null ? [] : [`row: ${name} is in the midst of ${intent}`]),
  ...(phase === 'creating' ? [`row: ${name} is being created for ever`] : []),
  ...(phase !== 'creating' && (phase !== 'stopped') !== runs ? [`row: ${name} is ${phase}, but ${runs ? 'runs' : 'does not run'}`] : []),
];

const points = (): readonly string[] => namesIn('/sys/fs/cgroup').map((name) => `/sys/fs/cgroup/${name}`);

const parents = (tag: string): readonly string[] =>
  ['/sys/fs/cgroup', ...points()].map((point) => `${point}/isola-${tag}`).filter(existsSync);

const groups = (tag: string): readonly string[] =>
  parents(tag).flatMap((parent) =>
    readdirSync(parent, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [`${parent}/${entry.name}`] : [])),
  );

/** What the kernel limits is what the specification says. */
const limits = (tag: string, { id, name, spec }: Row): readonly string[] => {
  const of = (controller: string, legacy: string, unified: string): string =>
    read(`/sys/fs/cgroup/${controller}/isola-${tag}/${id}/${legacy}`).trim() || read(`/sys/fs/cgroup/isola-${tag}/${id}/${unified}`).trim();
  const { memoryBytes, pids } = spec.limits;
  const memory = Number(of('memory', 'memory.limit_in_bytes', 'memory.max'));
  const most = Number(of('pids', 'pids.max', 'pids.max'));
  return [
    ...((memoryBytes === undefined ? memory < 2 ** 62 : memory !== memoryBytes) ? [`memory of ${name} is limited to ${memory}`] : []),
    ...(most !== (pids ?? usualPids) ? [`processes of ${name} are limited to ${most}`] : []),
  ];
};

const mounts = (store: string, runtime: string, running: readonly Row[]): readonly string[] => {
  const roots = running.filter(({ kind }) => kind === 'overlay' || kind === 'image').map(({ id }) => `${store}/ve/${id}/root`);
  const expected = [...roots, ...(running.length > 0 ? [`${runtime}/lxcfs`] : [])];
  const found = read('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${store}/`) || path.startsWith(`${runtime}/`));
  return [
    ...found.filter((path, index) => !expected.includes(path) || found.indexOf(path) !== index).map((path) => `mount ${path}`),
    ...roots.filter((path) => !found.includes(path)).map((path) => `missing mount ${path}`),
  ];
};

const loops = (store: string, running: readonly Row[]): readonly string[] => {
  const expected = running.filter(({ kind }) => kind === 'image').map(({ id }) => `${store}/ve/${id}/disk.img`);
  const found = output('losetup', '--noheadings', '--output', 'NAME,BACK-FILE')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, path]) => path?.startsWith(`${store}/`));
  return found.flatMap(([device = '', path = ''], index) => {
    const isExpected = expected.includes(path) && found.findIndex((other) => other[1] === path) === index;
    return isExpected || holders(device).length > 0 ? [] : [`loop device ${device} of ${path}`];
  });
};

/**
 * Processes of others whose mount namespace was made while it was mounted, and which don't hear of the host's unmounting: unshare(1),
 * --propagation private. With them it goes.
 */
const holders = (device: string): readonly string[] => {
  const home = readlinkSync('/proc/self/ns/mnt');
  return namesIn('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || !read(`/proc/${pid}/mountinfo`).includes(` ${device} `)) return false;
    return linkOf(`/proc/${pid}/ns/mnt`) !== home && !read(`/proc/${pid}/cgroup`).includes('/isola-');
  });
};

const idsPerSlot = 65_536;
/** User ids of the store's slots, as the composition root hands them out; no test has more than 64 environments. */
const isOfStore = (uid: number, tag: string): boolean => {
  const first = 0x7001_0000 + (Number.parseInt(tag, 16) % 3094) * 0x1_0000;
  return uid >= first && uid < first + 64 * idsPerSlot;
};

const processes = (store: string, runtime: string, tag: string, running: readonly Row[]): readonly string[] => {
  const named = (line: string): boolean => line.includes(store) || line.includes(runtime);
  return namesIn('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    const line = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
    if (line === '' || line.includes('--test')) return [];
    const status = read(`/proc/${pid}/status`);
    const [, uid] = /^Uid:\s+(\d+)/m.exec(status) ?? [];
    const [, parent] = /^PPid:\s+(\d+)/m.exec(status) ?? [];
    const group = read(`/proc/${pid}/cgroup`);
    const inside = running.some(({ id }) => group.includes(`/isola-${tag}/${id}`));
    // Another store may have some of the same user ids: there are fewer of these than of stores. What it holds has a parent.
    const foreignGroup = /\/isola-[0-9a-f]{4}\//.test(group) && !group.includes(`/isola-${tag}/`);
    const foreignParent = parent !== '1' && !named(read(`/proc/${parent}/cmdline`).replaceAll('\0', ' '));
    const looksOurs = isOfStore(Number(uid), tag) && !foreignGroup && !foreignParent;
    if (inside || !(named(line) || looksOurs || group.includes(`/isola-${tag}/`))) return [];
    const keeps = running.some(({ id }) => line.startsWith('conmon ') && line.includes(`${runtime}/ve/${id} `));
    const serves = running.length > 0 && (line.startsWith('lxcfs ') || line.startsWith('dnsmasq '));
    return keeps || serves ? [] : [`process ${pid}: ${line.slice(0, 160)}`];
  });
};

const runtimeFiles = (runtime: string, running: ReadonlySet<string>): readonly string[] => {
  const shared = ['crun', 've', 'network', 'lxcfs', 'lxcfs.pid'];
  return [
    ...(running.size === 0 && existsSync(runtime) ? [`${runtime}: ${namesIn(runtime).join(' ')}`] : []),
    ...namesIn(runtime).flatMap((name) => (shared.includes(name) ? [] : [`${runtime}/${name}`])),
    ...['crun', 've'].flatMap((name) =>
      namesIn(`${runtime}/${name}`).flatMap((id) => (running.has(id) ? [] : [`${runtime}/${name}/${id}`])),
    ),
    ...[...running].flatMap((id) =>
      namesIn(`${runtime}/ve/${id}`).flatMap((name) => (/^exec-|\.new$/.test(name) ? [`${runtime}/ve/${id}/${name}`] : [])),
    ),
  ];
};

/** Everything in the store has somebody it belongs to. */
const storeFiles = (store: string, rows: readonly Row[]): readonly string[] => {
  const top = ['isola.db', 'isola.db-wal', 'isola.db-shm', 'isola.db-reserve', 've', 'images', 'filters'];
  const lasting = ['root', 'upper', 'work', 'lower', 'disk.img', 'snapshots', 'log'];
  return [
    ...namesIn(store).flatMap((name) => (top.includes(name) ? [] : [`${store}/${name}`])),
    ...namesIn(`${store}/filters`).flatMap((name) => (name.endsWith('.new') ? [`${store}/filters/${name}`] : [])),
    ...['staging', 'partial'].flatMap((part) => namesIn(`${store}/images/${part}`).map((name) => `${store}/images/${part}/${name}`)),
    ...namesIn(`${store}/ve`).flatMap((id) => (rows.some((row) => row.id === id) ? [] : [`${store}/ve/${id}`])),
    ...rows.flatMap(({ id, snapshots }) => [
      ...namesIn(`${store}/ve/${id}`).flatMap((name) => (lasting.includes(name) ? [] : [`${store}/ve/${id}/${name}`])),
      ...namesIn(`${store}/ve/${id}/snapshots`).flatMap((name) =>
        snapshots.includes(name) ? [] : [`${store}/ve/${id}/snapshots/${name}`],
      ),
      ...snapshots.flatMap((name) => (existsSync(`${store}/ve/${id}/snapshots/${name}`) ? [] : [`row: snapshot ${name} without files`])),
    ]),
  ];
};
