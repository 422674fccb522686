/** Who works: the bare host, twice, to see how far two equals differ; once more under a filter; and an environment of each configuration. */
import { copyFileSync } from 'node:fs';
import type { EnvironmentRow } from '../../src/environment/command/index.ts';
import type { Scope } from '../../src/environment/index.ts';
import { buildMeasure } from '../../tools/build-guest.ts';
import { command } from '../scene/command.ts';
import type { Scene } from '../scene/scene.ts';
import { type Configuration, configurations } from './configurations.ts';

export interface Side {
  readonly name: string;
  /** A command line that runs guest/measure in a root file system of the side's own. */
  readonly line: readonly string[];
  /** Where the host finds that program. */
  readonly program: string;
}

export const bare = 'bare host';
export const bareAgain = 'bare host again';
/** Under a filter of one instruction: the least that any filter of system calls can cost here. */
export const leastFilter = 'bare host, least filter';

const [program, workplace] = ['/usr/bin/measure', '/srv/workplace'] as const;

export const sidesOf = async (scene: Scene, scope: Scope): Promise<readonly Side[]> => {
  scope.defer(() => scene.isola.clear());
  const sides = [await outside(scene, bare), await outside(scene, bareAgain), await outside(scene, leastFilter, '--filtered')];
  for (const one of configurations) sides.push(await inside(scene, one));
  return sides;
};

/** In a tree equal to the environments', on their file system: the same path has the same number of steps. */
const outside = async (scene: Scene, name: string, ...options: readonly string[]): Promise<Side> => {
  const root = `${scene.directory}/${name.replaceAll(/\W+/g, '-')}`;
  await command(['cp', '-a', await scene.tree('busybox'), root]);
  copyFileSync(buildMeasure(), `${root}${program}`);
  return { name, line: ['chroot', root, program, workplace, ...options], program: `${root}${program}` };
};

const inside = async ({ isola }: Scene, { name, options }: Configuration): Promise<Side> => {
  const environment = name.replaceAll(/\W+/g, '-');
  await isola.do('launch', '--hold', '--network', 'none', ...options, 'busybox', environment);
  await isola.do('cp', buildMeasure(), `${environment}:${program}`);
  const variables = Object.entries(isola.env).map(([key, value]) => `${key}=${value}`);
  const [row] = await isola.data<EnvironmentRow[]>('list', environment);
  const line = ['env', ...variables, ...isola.line('exec', environment, '--', program, workplace)];
  return { name, line, program: `/proc/${row?.pid}/root${program}` };
};

/** How a file was written decides in which pieces the kernel keeps it, and these how fast it is executed. Read anew, all are alike. */
export const forget = async ({ program: path }: Side): Promise<void> => {
  await command(['dd', `if=${path}`, 'iflag=nocache', 'count=0', 'status=none']);
};
