/**
 * From order to environment and back. Each change is made under the environment's lock with its intent written down first, so that
 * whoever comes after a killed process knows what to finish or undo.
 */
import {
  type Call,
  type Definition,
  type Environment,
  type Exit,
  type Id,
  type Io,
  type Origin,
  Refusal,
  type Running,
  type Technique,
  type TechniqueName,
} from '../environment/index.ts';
import { isAlive, type Locks } from '../host/index.ts';
import type { Entry, Intent, Registry } from './registry.ts';

export type Techniques = ReadonlyMap<TechniqueName, Technique>;

export class Lifecycle {
  readonly registry: Registry;
  readonly #locks: Locks;
  readonly #techniques: Techniques;

  constructor(registry: Registry, locks: Locks, techniques: Techniques) {
    this.registry = registry;
    this.#locks = locks;
    this.#techniques = techniques;
  }

  open(definition: Definition): Environment {
    return this.technique(definition.spec.technique).open(definition);
  }

  technique(name: TechniqueName): Technique {
    const technique = this.#techniques.get(name);
    if (technique !== undefined) return technique;
    const known = [...this.#techniques.keys()].join(', ');
    throw new Refusal('technique-absent', [name, 'this version of isola does not have it', `choose ${known}`]);
  }

  get techniques(): readonly Technique[] {
    return [...this.#techniques.values()];
  }

  /**
   * Runs work alone on an environment, on what it is then: repaired if a process died at work on it. Waits for others and tells
   * whom for. Throws `unknown-environment` if it is gone when its turn comes.
   */
  async on<T>(name: string, purpose: string, call: Call, work: (entry: Entry) => Promise<T>): Promise<T> {
    const { id } = this.registry.get(name).definition;
    return this.#alone(id, purpose, call, async () => {
      const repaired = await this.repair(this.registry.get(id));
      if (repaired === undefined) throw new Refusal('unknown-environment', [name]);
      return work(repaired);
    });
  }

  /** Makes the lasting parts of a new environment; if that fails or is interrupted, nothing of it stays. */
  async create(entry: Entry, origin: Origin, call: Call): Promise<Entry> {
    const { id, name } = entry.definition;
    return this.#alone(id, 'create', call, async () => {
      const environment = this.open(entry.definition);
      try {
        call.progress({ stage: `preparing ${name}` });
        const made = await environment.create(origin, call);
        call.signal.throwIfAborted();
        this.registry.made(id, made);
        if (entry.intent === 'create') this.registry.reached(id, 'stopped');
      } catch (error) {
        await environment.destroy();
        this.registry.remove(id);
        throw error;
      }
      return this.registry.get(id);
    });
  }

  /** To be called under its lock. */
  async start(entry: Entry, call: Call): Promise<void> {
    const { id, name } = entry.definition;
    call.progress({ stage: `starting ${name}` });
    this.registry.intend(id, 'start');
    try {
      await this.open(entry.definition).start(call);
    } catch (error) {
      await this.#ended(entry, null);
      throw error;
    }
    this.registry.started(id, false);
  }

  /** To be called under its lock. */
  async stop(entry: Entry, graceMs: number, call: Call): Promise<{ readonly killed: boolean }> {
    const { id, name } = entry.definition;
    const environment = this.open(entry.definition);
    call.progress({ stage: `stopping ${name}` });
    this.registry.intend(id, 'stop');
    const stopped = await environment.stop(graceMs);
    // An attached run's own process cleans up after it.
    if (entry.intent === 'run' && entry.owner !== null && isAlive(entry.owner)) this.registry.intendFor(id, 'run', entry.owner);
    else await this.#ended(entry, await environment.settle());
    return stopped;
  }

  /** One that was made for one life only goes with it. */
  async #ended(entry: Entry, exit: Exit | null): Promise<void> {
    const { id, spec } = entry.definition;
    if (spec.ephemeral) await this.destroy(entry);
    else this.registry.reached(id, 'stopped', exit);
  }

  /** To be called under its lock. */
  async destroy(entry: Entry): Promise<void> {
    const { id } = entry.definition;
    this.registry.intend(id, 'delete');
    await this.open(entry.definition).destroy();
    this.registry.remove(id);
  }

  /** Runs work on its files while nothing inside does, if that is `needed`. To be called under its lock. */
  async still<T>(entry: Entry, needed: boolean, work: () => Promise<T>): Promise<T> {
    const { id } = entry.definition;
    const environment = this.open(entry.definition);
    const { phase } = await environment.observe();
    const freezes = needed && phase === 'running' ? environment.can.pause : undefined;
    this.registry.intend(id, 'snapshot');
    try {
      await freezes?.pause();
      return await work();
    } finally {
      await freezes?.resume();
      this.registry.reached(id, phase);
    }
  }

  /** A new environment's one command, with the caller's streams; what is left of it goes when it ends, unless `keep`. */
  async run(entry: Entry, io: Io, keep: boolean, call: Call): Promise<Running> {
    const { id } = entry.definition;
    const environment = this.open(entry.definition);
    const leave = (exit: Exit | null): Promise<void> =>
      this.#alone(id, 'clean up', call, async () => {
        if (this.registry.find(id) === undefined) return;
        if (!keep) return this.destroy(entry);
        await environment.settle();
        this.registry.reached(id, 'stopped', exit);
      });
    try {
      const running = await environment.run(io, call);
      this.registry.started(id, true);
      return { ...running, exit: this.#finish(running.exit, leave) };
    } catch (error) {
      await leave(null);
      throw error;
    }
  }

  async #finish(exit: Promise<Exit>, leave: (exit: Exit | null) => Promise<void>): Promise<Exit> {
    let ended: Exit | null = null;
    try {
      ended = await exit;
      return ended;
    } finally {
      await leave(ended);
    }
  }

  /** A detached environment ended by itself: to be called under its lock. Starts it again if it asked for a reboot. */
  async reap(entry: Entry, call: Call): Promise<void> {
    const { id, spec } = entry.definition;
    const environment = this.open(entry.definition);
    const { phase } = await environment.observe();
    if (phase !== 'stopped' || entry.phase === 'stopped') return;
    const exit = await environment.settle();
    await this.#ended(entry, exit);
    // reboot(2): in a PID namespace, RB_AUTOBOOT ends its init by SIGHUP and a power-off by SIGINT.
    if (!spec.ephemeral && spec.work === 'system' && exit?.code === rebootedCode) await this.start(this.registry.get(id), call);
  }

  /** Finishes or undoes what a dead process left of an environment; undefined where that was its end. To be called under its lock. */
  async repair(entry: Entry): Promise<Entry | undefined> {
    const { definition, intent, owner } = entry;
    if (intent === null || (owner !== null && isAlive(owner))) return entry;
    const environment = this.open(definition);
    if (endsWith[intent] === 'nothing' || (endsWith[intent] === 'stopped' && definition.spec.ephemeral)) {
      await environment.destroy();
      this.registry.remove(definition.id);
      return undefined;
    }
    if (intent === 'snapshot' || intent === 'restore') await environment.can.snapshots?.recover();
    const { phase } = await environment.observe();
    if (intent === 'snapshot' && phase !== 'stopped') {
      if (phase === 'paused' && entry.phase === 'running') await environment.can.pause?.resume();
      this.registry.reached(definition.id, entry.phase === 'paused' ? 'paused' : 'running');
    } else this.registry.reached(definition.id, 'stopped', await environment.settle());
    return this.registry.get(definition.id);
  }

  /** Environments whose work was interrupted by the death of the process that did it. */
  interrupted(): readonly Entry[] {
    return this.registry.underWay().filter(({ owner }) => owner === null || !isAlive(owner));
  }

  /** Repairs all that was interrupted; returns their names. */
  async repairAll(call: Call): Promise<readonly string[]> {
    const names: string[] = [];
    for (const { definition } of this.interrupted()) {
      await this.#alone(definition.id, 'repair', call, async () => {
        const entry = this.registry.find(definition.id);
        if (entry !== undefined) await this.repair(entry);
      });
      names.push(definition.name);
    }
    return names;
  }

  /** Ends the services nobody uses any more. */
  async rest(soon = false): Promise<void> {
    if (this.registry.anyRunning()) return;
    for (const technique of this.#techniques.values()) await technique.rest(soon);
  }

  #alone<T>(id: Id, purpose: string, call: Call, work: () => Promise<T>): Promise<T> {
    return this.#locks.hold(`environment ${id}`, purpose, work, {
      signal: call.signal,
      onWait: (other, pid) => call.say(`waiting for isola ${other} (process ${pid}), which is at work on it`),
    });
  }
}

/** 128 + SIGHUP. */
const rebootedCode = 129;

/** What becomes of an environment whose work was interrupted. */
const endsWith: Readonly<Record<Intent, 'nothing' | 'stopped' | 'as it was'>> = {
  create: 'nothing',
  delete: 'nothing',
  run: 'stopped',
  start: 'stopped',
  stop: 'stopped',
  snapshot: 'as it was',
  restore: 'stopped',
};
