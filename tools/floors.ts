/**
 * The floors of the house, once: which wing may import which. From this table the tsconfig.json of every wing is written, and
 * with them the compiler refuses every other import. `node tools/floors.ts` checks, `--write` writes.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';

interface Wing {
  readonly floor: number;
  /** Folders below src that its files may import, and what those may. */
  readonly below: readonly string[];
  /** Whether it may know Node: nothing below `host` may. */
  readonly node: boolean;
  /** Whether it may know browsers: their types, which say what a worker or a page has. */
  readonly browser?: boolean;
}

export const wings: Readonly<Record<string, Wing>> = {
  abi: { floor: 0, below: [], node: false },
  machine: { floor: 1, below: [], node: false },
  environment: { floor: 1, below: ['abi', 'machine'], node: false },
  isa: { floor: 2, below: [], node: false },
  cpu: { floor: 2, below: ['machine', 'isa'], node: false },
  devices: { floor: 2, below: ['machine'], node: false },
  monitor: { floor: 2, below: ['machine'], node: false },
  disk: { floor: 2, below: ['machine'], node: false },
  board: { floor: 2, below: ['machine', 'isa', 'cpu', 'devices', 'monitor'], node: false },
  snapshot: { floor: 3, below: ['machine', 'cpu', 'board'], node: false },
  desk: { floor: 3, below: ['environment', 'machine', 'devices', 'board'], node: false },
  terminal: { floor: 2, below: ['machine'], node: false },
  gdb: { floor: 2, below: ['machine'], node: false },
  agent: { floor: 2, below: ['abi', 'environment'], node: false },
  oci: { floor: 2, below: ['abi', 'environment'], node: false },
  measure: { floor: 2, below: ['environment'], node: false },
  host: { floor: 2, below: ['abi', 'environment'], node: true },
  kvm: { floor: 3, below: ['abi', 'machine', 'isa', 'cpu', 'host'], node: true },
  direct: { floor: 3, below: ['abi', 'isa', 'cpu'], node: false },
  image: { floor: 3, below: ['abi', 'environment', 'oci', 'host'], node: true },
  jail: { floor: 3, below: ['abi', 'environment', 'host'], node: true },
  guest: { floor: 4, below: ['abi', 'environment', 'agent', 'host', 'jail'], node: true },
  computer: {
    floor: 5,
    below: [
      'abi',
      'environment',
      'machine',
      'isa',
      'cpu',
      'devices',
      'monitor',
      'disk',
      'board',
      'kvm',
      'direct',
      'snapshot',
      'desk',
      'gdb',
      'agent',
      'host',
      'jail',
      'guest',
    ],
    node: true,
  },
  'technique/os-level': { floor: 6, below: ['abi', 'environment', 'host', 'jail'], node: true },
  'technique/paravirtualization': { floor: 6, below: ['abi', 'environment', 'agent', 'host', 'jail', 'guest'], node: true },
  'technique/emulation': { floor: 6, below: ['environment', 'jail', 'computer'], node: true },
  'technique/virtualization': { floor: 6, below: ['environment', 'host', 'jail', 'computer'], node: true },
  supervisor: { floor: 7, below: ['abi', 'environment', 'measure', 'host'], node: true },
  'surface/cli': { floor: 8, below: ['environment', 'machine', 'terminal', 'measure', 'host', 'supervisor'], node: true },
  'surface/api': { floor: 8, below: ['environment', 'supervisor'], node: true },
  browser: {
    floor: 8,
    below: ['environment', 'machine', 'isa', 'cpu', 'devices', 'disk', 'board', 'snapshot', 'desk', 'terminal'],
    node: false,
    browser: true,
  },
};

const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '');

const config = (wing: string, { below, node, browser = false }: Wing): object => {
  const up = relative(`/src/${wing}`, '/');
  return {
    extends: `${up}/tsconfig.base.json`,
    compilerOptions: {
      ...(node && { types: ['node'] }),
      ...(browser && { lib: ['esnext', 'dom'] }),
      rootDir: '.',
      outDir: `${up}/.isola/types/${wing}`,
    },
    include: ['**/*.ts'],
    exclude: ['**/*.test.ts'],
    references: below.map((name) => ({ path: relative(`/src/${wing}`, `/src/${name}`) })),
  };
};

/** Every generated file with its text. */
export const files = (): ReadonlyMap<string, string> => {
  const made = new Map<string, string>();
  const put = (path: string, content: object): void => void made.set(path, `${JSON.stringify(content, null, 2)}\n`);
  for (const [name, wing] of Object.entries(wings)) put(`src/${name}/tsconfig.json`, config(name, wing));
  const all = Object.keys(wings).map((name) => ({ path: `./${name}` }));
  put('src/tsconfig.json', {
    extends: '../tsconfig.base.json',
    compilerOptions: { types: ['node'], rootDir: '.', outDir: '../.isola/types/main' },
    files: ['main.ts', 'cli.ts', 'index.ts'],
    references: all,
  });
  put('tsconfig.json', {
    extends: './tsconfig.base.json',
    compilerOptions: { types: ['node'], rootDir: '.', outDir: '.isola/types/tests' },
    include: ['src/**/*.test.ts', 'test/**/*.ts', 'fuzz/**/*.ts', 'bench/**/*.ts', 'tools/**/*.ts', 'examples/**/*.ts'],
    references: [{ path: './src' }, ...all.map(({ path }) => ({ path: `./src/${path.slice(2)}` }))],
  });
  return made;
};

if (import.meta.main) {
  const write = process.argv.includes('--write');
  for (const [path, text] of files()) {
    const full = `${root}/${path}`;
    if (existsSync(full) && readFileSync(full, 'utf8') === text) continue;
    if (!write) {
      console.error(`${path} differs from the table in tools/floors.ts: node tools/floors.ts --write`);
      process.exitCode = 1;
      continue;
    }
    mkdirSync(full.slice(0, full.lastIndexOf('/')), { recursive: true });
    writeFileSync(full, text);
  }
}
