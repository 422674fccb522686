/** Every command that changes something, with what it needs to be done before. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Stage } from '../stage/stage.ts';
import { survivors, type World } from './world.ts';

/** Names of environments that only one round knows. */
export const passing = ['fresh', 'twin', 'other'] as const;

export interface Deed {
  readonly verb: string;
  readonly args: readonly string[];
  /** Brings about what it needs; it works, or isola is at fault. */
  readonly before?: (world: World) => Promise<void>;
  /** The process to be struck, where it is not the command's own. */
  readonly prey?: (stage: Stage) => number | undefined;
}

const fresh = async ({ stage }: World, ...options: readonly string[]): Promise<void> => {
  await stage.ok('launch', 'busybox', 'fresh', '--hold', '--network', 'none', ...options);
};
const brings =
  (name: string, phase: 'running' | 'stopped' | 'paused') =>
  (world: World): Promise<void> =>
    world.bring(name, phase);

/** A folder, a tar and a port for the deeds of one run. */
export const prepareFiles = (directory: string): void => {
  mkdirSync(`${directory}/tree/bin`, { recursive: true });
  for (const name of ['a', 'b', 'c']) writeFileSync(`${directory}/tree/${name}`, name.repeat(100_000));
  spawnSync('tar', ['-C', `${directory}/tree`, '-cf', `${directory}/tree.tar`, '.']);
};

export const deedsOf = (files: string, port: number): readonly Deed[] => [
  { verb: 'run', args: ['run', 'busybox', '--', 'sleep', '0.1'] },
  { verb: 'run', args: ['run', '--keep', '--name', 'fresh', '--root', 'overlay', 'busybox', '--', 'sleep', '0.1'] },
  { verb: 'launch', args: ['launch', 'busybox', 'fresh', '--hold'] },
  { verb: 'launch', args: ['launch', 'busybox', 'fresh', '--hold', '--root', 'overlay', '-p', `${port}:80`, '--net-rate', '10M'] },
  { verb: 'launch', args: ['launch', 'busybox', 'fresh', 'twin', '--hold', '--network', 'none'] },
  { verb: 'launch --disk', args: ['launch', 'busybox', 'fresh', '--hold', '--disk', '16M', '--network', 'none'] },
  { verb: 'start', args: ['start', 'plain'], before: brings('plain', 'stopped') },
  { verb: 'start', args: ['start', 'layer'], before: brings('layer', 'stopped') },
  { verb: 'start', args: ['start', 'disk'], before: brings('disk', 'stopped') },
  { verb: 'stop', args: ['stop', 'layer'], before: brings('layer', 'running') },
  { verb: 'stop', args: ['stop', '--force', 'plain', 'disk'], before: brings('disk', 'running') },
  { verb: 'restart', args: ['restart', '--force', 'plain'], before: brings('plain', 'running') },
  { verb: 'pause', args: ['pause', 'layer'], before: brings('layer', 'running') },
  { verb: 'resume', args: ['resume', 'layer'], before: brings('layer', 'paused') },
  { verb: 'delete', args: ['delete', '--force', 'fresh'], before: (world) => fresh(world) },
  { verb: 'delete', args: ['delete', '--force', 'fresh'], before: (world) => fresh(world, '--disk', '16M') },
  { verb: 'clone', args: ['clone', '--start', 'plain', 'fresh'], before: brings('plain', 'running') },
  { verb: 'clone', args: ['clone', 'disk', 'fresh', 'twin'], before: brings('disk', 'running') },
  { verb: 'clone', args: ['clone', 'layer/first', 'fresh'] },
  { verb: 'snapshot create', args: ['snapshot', 'create', 'plain', 'second'], before: brings('plain', 'running') },
  { verb: 'snapshot create', args: ['snapshot', 'create', 'layer', 'second'], before: brings('layer', 'running') },
  { verb: 'snapshot create', args: ['snapshot', 'create', 'disk', 'second'], before: brings('disk', 'running') },
  { verb: 'snapshot restore', args: ['snapshot', 'restore', 'idle', 'first'], before: brings('idle', 'stopped') },
  { verb: 'snapshot restore', args: ['snapshot', 'restore', '--force', 'layer', 'first'], before: brings('layer', 'running') },
  { verb: 'snapshot restore', args: ['snapshot', 'restore', '--force', 'disk', 'first'], before: brings('disk', 'running') },
  {
    verb: 'snapshot delete',
    args: ['snapshot', 'delete', 'idle', 'second'],
    before: async ({ stage }) => void (await stage.ok('snapshot', 'create', 'idle', 'second')),
  },
  { verb: 'set', args: ['set', 'plain', '--pids', '300', '--memory', '100M', '--net-rate', '20M'], before: brings('plain', 'running') },
  {
    verb: 'set',
    args: ['set', 'plain', '--pids', 'none', '--memory', 'none', '--net-rate', 'none', '--publish', `${port}:8080`],
    before: brings('plain', 'running'),
  },
  { verb: 'set', args: ['set', 'plain', '--unpublish'], before: brings('plain', 'running') },
  { verb: 'set --disk', args: ['set', 'fresh', '--disk', '20M'], before: (world) => fresh(world, '--disk', '16M', '--no-start') },
  { verb: 'rename', args: ['rename', 'fresh', 'other'], before: (world) => fresh(world) },
  { verb: 'exec', args: ['exec', 'plain', '--', 'sleep', '0.2'], before: brings('plain', 'running') },
  { verb: 'cp', args: ['cp', `${files}/tree`, 'plain:/tmp/tree'], before: brings('plain', 'running') },
  { verb: 'cp', args: ['cp', `${files}/tree`, 'idle:/tmp/tree'], before: brings('idle', 'stopped') },
  { verb: 'cp', args: ['cp', 'disk:/bin', `${files}/out`], before: brings('disk', 'stopped') },
  { verb: 'image build', args: ['image', 'build', 'busybox', '--name', 'built'] },
  { verb: 'image import', args: ['image', 'import', `${files}/tree.tar`, 'imported'] },
  { verb: 'image export', args: ['image', 'export', 'busybox', `${files}/busybox.tar`] },
  {
    verb: 'image delete',
    args: ['image', 'delete', 'imported'],
    before: async ({ stage }) => void (await stage.ok('image', 'import', `${files}/tree.tar`, 'imported')),
  },
  {
    verb: 'image prune',
    args: ['image', 'prune', '--all', '--yes'],
    before: async ({ stage }) => void (await stage.ok('image', 'import', `${files}/tree.tar`, 'imported')),
  },
  { verb: 'reap', args: ['launch', 'busybox', 'fresh', '--', 'sleep', '0.2'], prey: reaper },
  { verb: 'reap', args: ['launch', '--ephemeral', '--root', 'overlay', 'busybox', 'fresh', '--', 'sleep', '0.2'], prey: reaper },
  {
    verb: 'doctor --repair',
    args: ['doctor', '--repair'],
    // Something to do: an environment killed on its way in.
    before: async ({ stage }) => void (await stage.tell(['launch', 'busybox', 'fresh', '--hold'], { killAfterMs: 300 })),
  },
];

/** The isola that a keeper calls when its environment has ended. */
const reaper = (stage: Stage): number | undefined =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words.includes('reap') && words.includes(stage.store) && words[0] === process.execPath;
      } catch {
        return false;
      }
    });

/** What a round made, whole or not, goes; nothing may be in the way. */
export const clear = async (stage: Stage): Promise<void> => {
  const rows = await stage.look('list', { names: [], phase: undefined, quiet: false });
  if (rows.some(({ name }) => !isSurvivor(name))) await stage.ok('delete', '--force', ...passing);
  const snapshots = await stage.look('snapshot list', { name: undefined });
  for (const { environment, name } of snapshots) if (name === 'second') await stage.ok('snapshot', 'delete', environment, 'second');
  for (const name of survivors) {
    const kept = snapshots.some((one) => one.environment === name && one.name === 'first');
    if (!kept) throw new Error(`${name} lost its snapshot`);
  }
};

const isSurvivor = (name: string): boolean => survivors.some((one) => one === name);
