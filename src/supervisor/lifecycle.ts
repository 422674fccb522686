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
  type Origin,
  Refusal,
  type Technique,
  type TechniqueName,
} from '../environment/index.ts';
import { isAlive, type Locks } from '../host/index.ts';
import type { Entry, NewEnvironment, Registry } from './registry.ts';
import { repair } from './repair.ts';

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
    return this.alone(id, purpose, call, async () => {
      const repaired = await this.repair(this.registry.get(id));
      if (repaired === undefined) throw new Refusal('unknown-environment', [name]);
      return work(repaired);
    });
  }

  /**
   * Writes a new environment down, makes its lasting parts, and puts it to work where it `starts`. If that fails, is interrupted or killed, it
   * was never there. Nobody else gets at it before it is whole: its lock is held since before it had a name. Who tells somebody that it is
   * there hardens the registry before: one sync of the disk is enough for many.
   */
  async create(order: NewEnvironment & { readonly starts: 'no' | 'detached' | 'bound' }, origin: Origin, call: Call): Promise<Entry> {
    const id = this.registry.freshId();
    return this.alone(id, 'create', call, async () => {
      call.signal.throwIfAborted();
      const { definition } = this.registry.insert(id, order);
      try {
        call.progress({ stage: `preparing ${definition.name}` });
        const made = await this.open(definition).create(origin, call);
        call.signal.throwIfAborted();
        this.registry.made(id, made);
        if (order.starts !== 'no') {
          call.progress({ stage: `starting ${definition.name}` });
          await this.open(this.registry.get(id).definition).start(call);
          call.signal.throwIfAborted();
          this.registry.started(id, order.starts === 'bound');
        } else if (order.intent === 'create') this.registry.reached(id, 'stopped');
      } catch (error) {
        // What it is for is written down already, and on a full disk its files must go before anything can be written.
        await this.open(this.registry.get(id).definition).destroy();
        this.registry.remove(id);
        throw error;
      }
      return this.registry.get(id);
    });
  }

  /** To be called under its lock. */
  async start(entry: Entry, call: Call): Promise<void> {
    const { id, name } = entry.definition;
    call.signal.throwIfAborted();
    call.progress({ stage: `starting ${name}` });
    this.registry.intend(id, 'start');
    try {
      await this.open(entry.definition).start(call);
    } catch (error) {
      await this.ended(entry, null);
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
    const stopped = await environment.stop(graceMs, call.signal).catch((error) => {
      // Only a wait that was interrupted ends so: it goes on as it was, until it heeds the request.
      this.#resumed(entry);
      throw error;
    });
    // An attached run's own process cleans up after it.
    if (isBound(entry)) this.#resumed(entry);
    else await this.ended(entry, await environment.settle());
    return stopped;
  }

  /** What was under way before is again. */
  #resumed({ definition: { id }, phase, intent, owner }: Entry): void {
    if (intent === 'run' && owner !== null) this.registry.intendFor(id, intent, owner);
    else this.registry.reached(id, phase === 'paused' ? 'running' : phase === 'creating' ? 'stopped' : phase);
  }

  /** It ended and nobody noticed, or a start failed: to be called under its lock. One that was made for one life only goes with it. */
  async ended(entry: Entry, exit: Exit | null): Promise<void> {
    const { id, spec } = entry.definition;
    if (spec.ephemeral) await this.destroy(entry);
    else this.registry.reached(id, 'stopped', exit);
  }

  /** To be called under its lock. */
  async destroy(entry: Entry): Promise<void> {
    const { id, spec } = entry.definition;
    this.registry.intend(id, 'delete');
    // Else after a power cut it might be there again, without its files.
    if (!spec.ephemeral) this.registry.harden();
    await this.open(entry.definition).destroy();
    this.registry.remove(id);
  }

  /** Destroys a new one whose maker was interrupted after all, whatever became of it meanwhile. */
  async withdraw(id: Id): Promise<void> {
    await this.alone(id, 'clean up', unhurried, async () => {
      const entry = this.registry.find(id);
      if (entry !== undefined) await this.destroy(entry);
    });
  }

  /** Runs work on its files or snapshots, while nothing inside runs if that is `needed`. To be called under its lock. */
  async still<T>(entry: Entry, needed: boolean, work: () => Promise<T>): Promise<T> {
    const environment = this.open(entry.definition);
    const { phase } = await environment.observe();
    const freezes = needed && phase === 'running' ? environment.can.pause : undefined;
    return this.during(entry, 'snapshot', async () => {
      try {
        await freezes?.pause();
        return await work();
      } finally {
        await freezes?.resume();
      }
    });
  }

  /** Does something that leaves it in its phase; whoever comes after a killed process knows what that was. To be called under its lock. */
  async during<T>(entry: Entry, intent: 'snapshot' | 'set' | 'rename', work: () => Promise<T>): Promise<T> {
    this.registry.intend(entry.definition.id, intent);
    try {
      return await work();
    } finally {
      this.registry.intendFor(entry.definition.id, entry.intent, entry.owner);
    }
  }

  /** A detached environment ended by itself: to be called under its lock. Starts it again if it asked for a reboot. */
  async reap(entry: Entry, call: Call): Promise<void> {
    const { id, spec } = entry.definition;
    const environment = this.open(entry.definition);
    const { phase } = await environment.observe();
    if (phase !== 'stopped' || entry.phase === 'stopped') return;
    const exit = await environment.settle();
    await this.ended(entry, exit);
    // reboot(2): in a PID namespace, RB_AUTOBOOT ends its init by SIGHUP and a power-off by SIGINT.
    if (!spec.ephemeral && spec.work === 'system' && exit?.code === rebootedCode) await this.start(this.registry.get(id), call);
  }

  /** Finishes or undoes what was left of an environment; undefined where that was its end. To be called under its lock. */
  repair(entry: Entry): Promise<Entry | undefined> {
    return repair(this, entry);
  }

  /** Environments whose work was interrupted by the death of the process that did it, or that ran when the host went down. */
  interrupted(): readonly Entry[] {
    return this.registry.unsettled().filter(({ owner }) => owner === null || !isAlive(owner));
  }

  /** Repairs all that was interrupted. One that can't be does not hold up whoever works on others: `isola doctor --repair` tells why. */
  async repairAll(call: Call): Promise<void> {
    for (const entry of this.interrupted()) {
      await this.repairOne(entry, call).catch((error: unknown) => {
        call.signal.throwIfAborted();
        call.say(`${entry.definition.name} could not be repaired: ${error instanceof Error ? error.message : error}`);
      });
    }
  }

  async repairOne({ definition: { id } }: Entry, call: Call): Promise<void> {
    await this.alone(id, 'repair', call, async () => {
      const entry = this.registry.find(id);
      if (entry !== undefined) await this.repair(entry);
    });
  }

  /** Work that starts something: if it fails, services that were raised for it end. */
  async restingAfter<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      await this.rest();
      throw error;
    }
  }

  /** Ends the services nobody uses any more. */
  async rest(soon = false): Promise<void> {
    if (this.registry.anyRunning()) return;
    const rested = new Set<object>();
    for (const technique of this.#techniques.values()) {
      if (rested.has(technique.shares)) continue;
      rested.add(technique.shares);
      await technique.rest(soon);
    }
  }

  /** Runs work alone on what has this id, whether that is there or not. */
  alone<T>(id: Id, purpose: string, call: Call, work: () => Promise<T>): Promise<T> {
    return this.#locks.hold(`environment ${id}`, purpose, work, {
      signal: call.signal,
      onWait: (other, pid) => call.say(`waiting for isola ${other} (process ${pid}), which is at work on it`),
    });
  }
}

/** Whether a process waits for its end and cleans up after it. */
export const isBound = ({ intent, owner }: Entry): boolean => intent === 'run' && owner !== null && isAlive(owner);

/** Whoever was interrupted cleans up all the same. */
export const unhurried: Call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };

/** 128 + SIGHUP. */
const rebootedCode = 129;
