/** What starts and ends a guest's kernel, or goes through its agent: as `deeds.ts`, for machines. */
import type { Deed } from './deeds.ts';
import type { World } from './world.ts';

const technique = ['--technique', 'paravirtualization'] as const;

const fresh = async ({ stage }: World, ...options: readonly string[]): Promise<void> => {
  await stage.ok('launch', ...technique, 'busybox', 'fresh', '--hold', ...options);
};

export const machineDeedsOf = (files: string, port: number): readonly Deed[] => [
  { verb: 'run, a machine', args: ['run', ...technique, 'busybox', '--', 'sleep', '0.1'] },
  { verb: 'run, a machine', args: ['run', ...technique, '--keep', '--name', 'fresh', 'busybox', '--', 'sleep', '0.1'] },
  { verb: 'launch, a machine', args: ['launch', ...technique, '--hold', '-p', `${port}:80`, '--net-rate', '10M', 'busybox', 'fresh'] },
  { verb: 'launch, a machine', args: ['launch', ...technique, '--disk', '16M', 'busybox', 'fresh', '--', 'sleep', '1000'] },
  { verb: 'start, a machine', args: ['start', 'fresh'], before: (world) => fresh(world, '--no-start') },
  { verb: 'stop, a machine', args: ['stop', 'fresh'], before: (world) => fresh(world) },
  { verb: 'delete, a machine', args: ['delete', '--force', 'fresh'], before: (world) => fresh(world, '--root', 'overlay') },
  { verb: 'exec, a machine', args: ['exec', 'fresh', '--', 'sleep', '0.2'], before: (world) => fresh(world) },
  { verb: 'cp, a machine', args: ['cp', `${files}/tree`, 'fresh:/srv/tree'], before: (world) => fresh(world) },
  { verb: 'cp, a machine', args: ['cp', `${files}/tree`, 'fresh:/srv/tree'], before: (world) => fresh(world, '--no-start') },
  { verb: 'snapshot create, a machine', args: ['snapshot', 'create', 'fresh', 'second'], before: (world) => fresh(world) },
  { verb: 'set --technique', args: ['set', 'fresh', '--technique', 'os-level'], before: (world) => fresh(world) },
  {
    verb: 'set --technique',
    args: ['set', 'fresh', ...technique],
    before: async ({ stage }) => void (await stage.ok('launch', '--technique', 'os-level', 'busybox', 'fresh', '--hold')),
  },
];
