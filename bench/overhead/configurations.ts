/** Ways to make an environment whose costs are told apart, and the bars each is held to. */
import type { Work } from '../../src/measure/index.ts';

export interface Configuration {
  readonly name: string;
  readonly options: readonly string[];
  /** The most that work inside may take, in what it takes outside; what is left out has no bar. */
  readonly bars: Readonly<Partial<Record<Work, number>>>;
}

const everywhere = { cpu: 1.03, memory: 1.03, fault: 1.03, pipe: 1.03, fork: 1.03, exec: 1.03, direct: 1.03 } as const;
const inDirectory = { ...everywhere, stat: 1.1, open: 1.1, create: 1.1, name: 1.1 } as const;

export const configurations: readonly Configuration[] = [
  {
    name: 'directory, no filter',
    options: ['--root', 'copy', '--seccomp', 'unconfined'],
    bars: { ...inDirectory, call: 1.03 },
  },
  { name: 'directory, default filter', options: ['--root', 'copy'], bars: { ...inDirectory, call: 1.15 } },
  { name: 'overlay, default filter', options: ['--root', 'overlay'], bars: { ...everywhere, call: 1.15 } },
  { name: 'disk image, default filter', options: ['--disk', '512M'], bars: { ...everywhere, call: 1.15 } },
];
