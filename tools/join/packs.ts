/** Which modules are loaded at once: few files are read faster than many, but what a command doesn't use is not to be read at all. */
import type { Module, Passed } from './module.ts';

/** Where the command line begins. */
const entries = ['src/surface/cli/index.ts', 'src/main.ts'];

/**
 * Modules that are imported when they are used, and yet belong to a pack with all they need: to the first one what `exec` uses, to
 * the second what `run`, `launch` and `start` use besides, to the third what these use for emulated machines, to the fourth what the process of one does, to the fifth what translates code for it, to the sixth what `boot` does. Every
 * other module is a pack of its own.
 */
const roots: readonly (readonly string[])[] = [
  [
    ...entries,
    'src/environment/command/inside.ts',
    'src/supervisor/verbs/inside/exec.ts',
    'src/surface/cli/carry/program.ts',
    'src/technique/os-level/facet/exec.ts',
  ],
  [
    'src/environment/command/lifecycle.ts',
    'src/host/file/copier.ts',
    'src/host/kernel/libc.ffi.ts',
    'src/host/network/index.ts',
    'src/jail/make.ts',
    'src/jail/network.ts',
    'src/jail/root/directory.ts',
    'src/jail/root/index.ts',
    'src/jail/root/overlay.ts',
    'src/jail/start/services.ts',
    'src/jail/start/start.ts',
    'src/jail/wire/bridge.ts',
    'src/supervisor/verbs/lifecycle/run.ts',
    'src/technique/os-level/check.ts',
    'src/technique/os-level/configure.ts',
    'src/technique/os-level/probe.ts',
  ],
  [
    'src/guest/agent.ts',
    'src/guest/exec.ts',
    'src/guest/run.ts',
    'src/jail/root/disk.ts',
    'src/computer/kernel/kernel.ts',
    'src/computer/machine/check.ts',
    'src/computer/machine/configure.ts',
    'src/computer/machine/outset.ts',
    'src/computer/machine/probe.ts',
    'src/computer/machine/rooted.ts',
  ],
  ['src/computer/process/begin.ts'],
  ['src/computer/engine/translator.ts'],
  [
    'src/environment/command/boot.ts',
    'src/surface/cli/carry/boot.ts',
    'src/surface/cli/carry/index.ts',
    'src/surface/cli/telling/progress.ts',
    'src/computer/index.ts',
  ],
];

/** Who begins without these packs: the process of a machine, which is no command, and `boot` before anything is translated. */
const without: readonly (readonly [pack: number, others: readonly number[]])[] = [
  [3, [0, 1, 2]],
  [5, [4]],
];

/** What only few commands use, though it is imported at the top: evaluated when it is first used, as `import * as` allows. */
export const late: readonly string[] = [
  'src/host/file/image-lock.ts',
  'src/board/monitor.ts',
  'src/board/xen.ts',
  'src/computer/engine/kernels.ts',
  'src/computer/engine/derived.ts',
  'src/computer/record/index.ts',
  'src/computer/engine/sources.ts',
  'src/computer/trace/index.ts',
];

/** Of Node's own: 2 to 6 ms each, and most commands call nothing of them. */
export const called: readonly string[] = ['node:crypto', 'node:zlib'];

/** With what only these need, most commands have nothing to do: whether it has changed is looked at when they are imported. */
export const rare: readonly string[] = [
  'src/computer/index.ts',
  'src/computer/kernel/fetch.ts',
  'src/computer/machine/moment.ts',
  'src/computer/machine/prepare.ts',
  'src/computer/process/begin.ts',
];

/** What every command might need: all that is reached but for what only the rare ones reach. */
export const usual = (packs: readonly (readonly Module[])[]): ReadonlySet<string> => {
  const modules = new Map(packs.flat().map((module) => [module.path, module]));
  const found = new Set<string>();
  const left = [...entries];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (found.has(path) || rare.includes(path)) continue;
    found.add(path);
    const module = modules.get(path);
    if (module !== undefined) left.push(...reachedBy(module));
  }
  return found;
};

/** All modules that can be reached, each once. Throws at modules that need each other, and at a root that nobody imports. */
export const divide = (read: (path: string) => Module): readonly (readonly Module[])[] => {
  const modules = readAll(read, [...entries, ...rare]);
  const place = placing(modules);
  const packs = roots.map((paths) => place(...paths));
  for (const path of modules.keys()) packs.push(...place(path).map((module) => [module]));
  return packs;
};

/** The same packs, where those of whoever begins without others also have what they need of these: some twenty modules, and not the hundreds beside them. */
export const complete = (packs: readonly (readonly Module[])[]): readonly (readonly Module[])[] => {
  const modules = new Map(packs.flat().map((module) => [module.path, module]));
  return packs.map((pack, index) => {
    const others = new Set(
      without.filter(([one]) => one === index).flatMap(([, numbers]) => numbers.flatMap((number) => packs[number] ?? [])),
    );
    if (others.size === 0) return pack;
    return [...placing(modules)(...(roots[index] ?? [])).filter((module) => others.has(module)), ...pack];
  });
};

/** Returns what has modules placed that weren't yet, with what they need, in the order in which they are evaluated. */
const placing = (modules: ReadonlyMap<string, Module>): ((...paths: readonly string[]) => readonly Module[]) => {
  const [placed, looked] = [new Set<string>(), new Set<string>()];
  /** With what is evaluated before it, and with what of it is another module's and wanted; undefined: all. */
  const placeWithNeeds = (path: string, pack: Module[], wanted: Wanted = undefined, asked: readonly string[] = []): void => {
    if (asked.includes(path)) throw new Error(`modules need each other: ${[...asked, path].join(' ')}`);
    const module = modules.get(path);
    if (module === undefined) throw new Error(`tools/join/packs.ts names ${path}, which nobody imports`);
    if (!placed.has(path)) {
      for (const [need, names] of module.needs) placeWithNeeds(need, pack, names, [...asked, path]);
      placed.add(path);
      pack.push(module);
    }
    for (const name of wanted ?? module.exports.keys()) {
      const passed = module.exports.get(name);
      const key = `${path} ${name}`;
      if (passed === undefined || looked.has(key)) continue;
      looked.add(key);
      placeWithNeeds(passed.path, pack, namesOf(passed), [...asked, path]);
    }
  };
  return (...paths) => {
    const pack: Module[] = [];
    for (const path of paths) placeWithNeeds(path, pack);
    return pack;
  };
};

/** All that is reached from some modules, and they, by their paths. */
export const readAll = (read: (path: string) => Module, from: readonly string[]): ReadonlyMap<string, Module> => {
  const modules = new Map<string, Module>();
  const left = [...from];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (modules.has(path)) continue;
    const module = read(path);
    modules.set(path, module);
    left.push(...reachedBy(module));
  }
  return modules;
};

type Wanted = ReadonlySet<string> | undefined;

const namesOf = ({ name }: Passed): Wanted => (name === undefined ? undefined : new Set([name]));

const reachedBy = ({ needs, later, exports }: Module): readonly string[] => [
  ...needs.keys(),
  ...later,
  ...[...exports.values()].flatMap((passed) => (passed === undefined ? [] : [passed.path])),
];
