/** Ways to make an environment whose costs are told apart, and the bars each is held to. */
import type { Work } from '../measure/workload.ts';

export interface Configuration {
  readonly name: string;
  readonly options: readonly string[];
  /** The most that work inside may take, in what it takes outside; what is left out has no bar. */
  readonly bars: Readonly<Partial<Record<Work, number>>>;
}

/** What no root file system slows down. */
const anywhere = { cpu: 1.03, memory: 1.03, fault: 1.03, pipe: 1.03, fork: 1.03, exec: 1.03 } as const;
const inDirectory = { ...anywhere, direct: 1.03, stat: 1.1, open: 1.1, create: 1.1 } as const;

export const configurations: readonly Configuration[] = [
  {
    name: 'directory, no filter',
    options: ['--root', 'copy', '--seccomp', 'unconfined'],
    bars: { ...inDirectory, call: 1.03 },
  },
  { name: 'directory, default filter', options: ['--root', 'copy'], bars: { ...inDirectory, call: 1.15 } },
  { name: 'overlay, default filter', options: ['--root', 'overlay'], bars: { ...anywhere, call: 1.15 } },
  { name: 'disk image, default filter', options: ['--disk', '512M'], bars: { ...anywhere, call: 1.15 } },
];
