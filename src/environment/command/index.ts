/** The one table of commands. Each is loaded when it is needed: a command line loads one file of them. */
import type { InputOf, ResultOf } from './verb.ts';

/** Verbs by their words. */
export const verbs = {
  run: async () => (await import('./lifecycle.ts')).run,
  boot: async () => (await import('./boot.ts')).boot,
  launch: async () => (await import('./lifecycle.ts')).launch,
  start: async () => (await import('./lifecycle.ts')).start,
  stop: async () => (await import('./lifecycle.ts')).stop,
  restart: async () => (await import('./lifecycle.ts')).restart,
  pause: async () => (await import('./lifecycle.ts')).pause,
  resume: async () => (await import('./lifecycle.ts')).resume,
  delete: async () => (await import('./lifecycle.ts')).delete,
  list: async () => (await import('./observe.ts')).list,
  show: async () => (await import('./observe.ts')).show,
  exec: async () => (await import('./inside.ts')).exec,
  shell: async () => (await import('./inside.ts')).shell,
  console: async () => (await import('./inside.ts')).console,
  logs: async () => (await import('./inside.ts')).logs,
  cp: async () => (await import('./files.ts')).cp,
  set: async () => (await import('./lifecycle.ts')).set,
  stats: async () => (await import('./observe.ts')).stats,
  wait: async () => (await import('./lifecycle.ts')).wait,
  rename: async () => (await import('./lifecycle.ts')).rename,
  clone: async () => (await import('./lifecycle.ts')).clone,
  'snapshot create': async () => (await import('./snapshot.ts')).create,
  'snapshot list': async () => (await import('./snapshot.ts')).list,
  'snapshot restore': async () => (await import('./snapshot.ts')).restore,
  'snapshot delete': async () => (await import('./snapshot.ts')).delete,
  'image list': async () => (await import('./image.ts')).list,
  'image build': async () => (await import('./image.ts')).build,
  'image pull': async () => (await import('./image.ts')).pull,
  'image import': async () => (await import('./image.ts')).import,
  'image export': async () => (await import('./image.ts')).export,
  'image delete': async () => (await import('./image.ts')).delete,
  'image prune': async () => (await import('./image.ts')).prune,
  compare: async () => (await import('./compare.ts')).compare,
  doctor: async () => (await import('./host.ts')).doctor,
  version: async () => (await import('./host.ts')).version,
  completion: async () => (await import('./host.ts')).completion,
  complete: async () => (await import('./host.ts')).complete,
  reap: async () => (await import('./host.ts')).reap,
  machine: async () => (await import('./host.ts')).machine,
} as const;

/** Headings of verbs in the overview, with the verbs in the order they are shown. */
export const topics = {
  'Make, start and stop': ['run', 'boot', 'launch', 'start', 'stop', 'restart', 'pause', 'resume', 'delete'],
  Look: ['list', 'show', 'stats', 'logs', 'wait'],
  'Reach inside': ['exec', 'shell', 'console', 'cp'],
  Change: ['set', 'rename', 'clone'],
  Snapshots: ['snapshot create', 'snapshot list', 'snapshot restore', 'snapshot delete'],
  Images: ['image list', 'image build', 'image pull', 'image import', 'image export', 'image delete', 'image prune'],
  'Isola and its host': ['compare', 'doctor', 'version', 'completion'],
} as const satisfies Readonly<Record<string, readonly (keyof typeof verbs)[]>>;

export type VerbName = keyof typeof verbs;
type VerbOf<V extends VerbName> = Awaited<ReturnType<(typeof verbs)[V]>>;
export type Input<V extends VerbName> = InputOf<VerbOf<V>>;
export type Result<V extends VerbName> = ResultOf<VerbOf<V>>;
export type * from './comparison.ts';
export { asText, choice, spell } from './options.ts';
export type * from './results.ts';
export type * from './verb.ts';
export { flag, groups, toggle, value } from './verb.ts';
