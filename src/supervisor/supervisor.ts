/** The supervisor: hands each verb to the file that carries it out, which is loaded then and not before. */
import type { Deed, Input, Result } from '../environment/command/index.ts';
import {
  type Attached,
  type Booted,
  type Call,
  type DataVerb,
  type Files,
  type Io,
  type LogLine,
  Refusal,
  type Running,
  type ServedPage,
  type Supervisor as SupervisorContract,
  type TerminalSize,
} from '../environment/index.ts';
import type { Bench, Parts } from './bench.ts';
import { refusing } from './disk-fault.ts';
import { Lifecycle } from './lifecycle.ts';

type Carry<V extends DataVerb> = (bench: Bench, input: Input<V>, call: Call) => Promise<Result<V>>;
type Carriers = { readonly [V in DataVerb]: () => Promise<Carry<V>> };

const carriers: Carriers = {
  launch: async () => (await import('./verbs/lifecycle/launch.ts')).launch,
  start: async () => (await import('./verbs/lifecycle/power.ts')).start,
  stop: async () => (await import('./verbs/lifecycle/power.ts')).stop,
  restart: async () => (await import('./verbs/lifecycle/power.ts')).restart,
  pause: async () => (await import('./verbs/lifecycle/pause.ts')).pause,
  resume: async () => (await import('./verbs/lifecycle/pause.ts')).resume,
  delete: async () => (await import('./verbs/lifecycle/delete.ts')).remove,
  list: async () => (await import('./verbs/observe/list.ts')).list,
  show: async () => (await import('./verbs/observe/show.ts')).show,
  cp: async () => (await import('./verbs/inside/cp.ts')).cp,
  set: async () => (await import('./verbs/lifecycle/set.ts')).set,
  stats: async () => (await import('./verbs/observe/stats.ts')).stats,
  wait: async () => (await import('./verbs/observe/wait.ts')).wait,
  rename: async () => (await import('./verbs/lifecycle/rename.ts')).rename,
  clone: async () => (await import('./verbs/lifecycle/clone.ts')).clone,
  'snapshot create': async () => (await import('./verbs/snapshot.ts')).create,
  'snapshot list': async () => (await import('./verbs/snapshot.ts')).list,
  'snapshot restore': async () => (await import('./verbs/snapshot.ts')).restore,
  'snapshot delete': async () => (await import('./verbs/snapshot.ts')).remove,
  'image list': async () => (await import('./verbs/image.ts')).list,
  'image build': async () => (await import('./verbs/image.ts')).build,
  'image pull': async () => (await import('./verbs/image.ts')).pull,
  'image import': async () => (await import('./verbs/image.ts')).take,
  'image export': async () => (await import('./verbs/image.ts')).give,
  'image delete': async () => (await import('./verbs/image.ts')).remove,
  'image prune': async () => (await import('./verbs/image.ts')).prune,
  compare: async () => (await import('./verbs/compare/index.ts')).compare,
  doctor: async () => (await import('./verbs/host/doctor.ts')).doctor,
  version: async () => (await import('./verbs/host/version.ts')).versions,
};

export class Supervisor implements SupervisorContract {
  readonly #bench: Bench;

  constructor(parts: Parts) {
    this.#bench = { ...parts, lifecycle: new Lifecycle(parts.registry, parts.locks, parts.techniques) };
  }

  async submit<V extends DataVerb>(verb: V, input: Input<V>, call: Call): Promise<Result<V>> {
    return this.#refusing(async () => (await carriers[verb]())(this.#bench, input, call));
  }

  async run(input: Input<'run'>, io: Io, call: Call): Promise<Running> {
    return this.#refusing(async () => (await import('./verbs/lifecycle/run.ts')).run(this.#bench, input, io, call));
  }

  async boot(input: Input<'boot'>, call: Call): Promise<Booted> {
    return this.#bench.boot(input, call);
  }

  async page(input: Input<'boot'>, call: Call): Promise<ServedPage> {
    return this.#bench.page(input, call);
  }

  async machine(description: string, call: Call): Promise<number> {
    return this.#bench.machine(description, call);
  }

  async launchBound(input: Input<'launch'>, call: Call): Promise<Deed> {
    return this.#refusing(async () => (await import('./verbs/lifecycle/launch.ts')).launchBound(this.#bench, input, call));
  }

  async exec(input: Input<'exec'>, io: Io, call: Call): Promise<Running> {
    return this.#refusing(async () => (await import('./verbs/inside/exec.ts')).exec(this.#bench, input, io, call));
  }

  async shell(input: Input<'shell'>, io: Io, call: Call): Promise<Running> {
    return this.#refusing(async () => (await import('./verbs/inside/exec.ts')).shell(this.#bench, input, io, call));
  }

  async console(input: Input<'console'>, size: TerminalSize | null, call: Call): Promise<Attached> {
    return (await import('./verbs/inside/console.ts')).console(this.#bench, input, size, call);
  }

  async *logs(input: Input<'logs'>, call: Call): AsyncIterable<LogLine> {
    yield* (await import('./verbs/observe/logs.ts')).logs(this.#bench, input, call);
  }

  files(name: string, _call: Call): Files {
    const { registry, lifecycle } = this.#bench;
    const { definition } = registry.get(name);
    const { files } = lifecycle.open(definition).can;
    if (files === undefined) throw new Refusal('facet-absent', [definition.spec.technique, 'files', 'isola exec … tar may do']);
    return files;
  }

  async reap(id: string | undefined, call: Call): Promise<void> {
    await (await import('./verbs/lifecycle/reap.ts')).reap(this.#bench, id, call);
  }

  names(kind: 'environment' | 'image' | 'snapshot'): readonly string[] {
    const { registry, images } = this.#bench;
    if (kind === 'environment') return registry.all().map(({ definition }) => definition.name);
    if (kind === 'image') return images.list().flatMap(({ names }) => names);
    return registry.snapshots().map(({ name }) => name);
  }

  #refusing<T>(work: () => Promise<T>): Promise<T> {
    return refusing(this.#bench.store, work);
  }

  [Symbol.dispose](): void {
    this.#bench.db[Symbol.dispose]();
  }
}
