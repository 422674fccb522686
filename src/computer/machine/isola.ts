/** isola itself, as it stands in the jail of a machine, whose process is another isola: at the same paths, for what it has derived belongs to them. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Surroundings } from '../../jail/index.ts';

export interface OwnProgram {
  readonly home: string;
  /** Directories and files on the host. */
  readonly parts: readonly string[];
  /** What Node begins with. */
  readonly main: string;
}

/** As the launcher gives them to a computer. */
export const nodeOptions = ['--disable-warning=ExperimentalWarning', '--min-semi-space-size=4', '--max-semi-space-size=4'];

/** Below a checkout, or the package: tools/pack.ts. */
const [checkout, packed] = [
  ['package.json', 'src', 'tools', 'node_modules', '.isola/joined', '.isola/interpreter', '.isola/interpreter.sources', '.isola/cache'],
  ['package.json', 'dist', 'programs', 'node_modules'],
] as const;

export const ownProgram = ({ self }: Pick<Surroundings, 'self'>): OwnProgram => {
  const [, , cli = ''] = self;
  const home = dirname(dirname(cli));
  const isCheckout = cli.endsWith('.ts');
  const joined = join(home, 'tools/join/start.cjs');
  const isJoined = isCheckout && existsSync(join(home, '.isola/joined/index.json'));
  // What the package depends on lies beside it.
  const beside = isCheckout || basename(dirname(home)) !== 'node_modules' ? [] : [dirname(home)];
  const parts = [...(isCheckout ? checkout : packed).map((part) => join(home, part)), ...beside].filter((path) => existsSync(path));
  return { home, parts: beside.length > 0 ? beside : parts, main: isJoined ? joined : cli };
};
