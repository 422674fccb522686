/** One Virtual Environment: what it is, how it stands, how it ends. How it is made and started is loaded when that is asked for. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type {
  Abort,
  Call,
  Definition,
  Description,
  Environment,
  Exit,
  Facets,
  Io,
  Made,
  Observed,
  Origin,
  Running,
} from '../../environment/index.ts';
import { type ControlGroup, controlGroup } from '../../host/cgroup/index.ts';
import { readIfThere, removeTree } from '../../host/file/files.ts';
import { markOf, signal, until } from '../../host/program/processes.ts';
import { signalNumber } from '../../host/program/signals.ts';
import { facetsOf } from './facets.ts';
import { idsPerSlot, type Place, placeOf, type Surroundings } from './place.ts';
import type { Root } from './root/index.ts';
import { pidIn } from './start/runtime.ts';

export class VirtualEnvironment implements Environment {
  readonly definition: Definition;
  readonly can: Facets;
  readonly surroundings: Surroundings;
  readonly place: Place;
  readonly group: ControlGroup;

  constructor(definition: Definition, surroundings: Surroundings) {
    this.definition = definition;
    this.surroundings = surroundings;
    this.place = placeOf(surroundings, definition);
    this.group = controlGroup(this.place.group);
    this.can = facetsOf(this);
  }

  /** Its root file system, once made. */
  async root(): Promise<Root> {
    const { made } = this.definition;
    if (made === null) throw new Error(`${this.definition.name} has no root file system yet`);
    const { rootOf } = await import('./root/index.ts');
    return rootOf(made.kind, this.definition, this.place);
  }

  async create(origin: Origin, call: Call): Promise<Made> {
    return (await import('./make.ts')).create(this, origin, call);
  }

  async start(call: Call): Promise<void> {
    await (await import('./start/start.ts')).start(this, call);
  }

  async run(io: Io, call: Call): Promise<Running> {
    return (await import('./start/start.ts')).run(this, io, call);
  }

  async observe(): Promise<Observed> {
    const pid = this.pid;
    if (pid === null) return { phase: 'stopped', pid, exit: this.#notedExit() };
    return { phase: this.group.isFrozen() ? 'paused' : 'running', pid, exit: null };
  }

  /** Process id of its first process on the host, while there is one. */
  get pid(): number | null {
    return pidIn(this.place.pidFile, this.place.group);
  }

  async stop(graceMs: number, abort: Abort): Promise<{ readonly killed: boolean }> {
    const { pid } = this;
    this.#cleanUpOurselves();
    if (pid === null) return { killed: false };
    if (this.group.isFrozen()) this.group.thaw();
    if (graceMs > 0 && !this.#isDeaf(pid)) {
      signal(pid, signalNumber(this.definition.spec.stopSignal));
      await until(() => this.pid === null || abort.aborted, graceMs);
      // Whoever waits no longer can't clean up either: from here on that is the keeper's business again.
      if (abort.aborted) rmSync(this.place.leaveFile, { force: true });
      if (this.pid !== null) abort.throwIfAborted();
      else {
        this.#cleanUpOurselves();
        return { killed: false };
      }
    }
    await this.group.kill();
    return { killed: true };
  }

  async settle(): Promise<Exit | null> {
    const { place, definition, surroundings } = this;
    await this.group.kill();
    await until(() => !keeperStillNotes(place, definition.id), 2000);
    const exit = this.#notedExit();
    rmSync(`${place.runtimeState}/${definition.id}`, { recursive: true, force: true });
    if (definition.spec.network === 'bridge') await (await import('./network.ts')).unplug(definition, surroundings);
    if (definition.made !== null && definition.made.kind !== 'directory') await (await this.root()).unmount();
    await this.group.remove();
    removeTree(place.running);
    return exit;
  }

  async destroy(): Promise<void> {
    this.#cleanUpOurselves();
    await this.settle();
    await (await import('./make.ts')).removeLasting(this);
  }

  describe(): Description {
    const { root, base } = this.place;
    return { rootPath: root, userIds: base === 0 ? null : { first: base, count: idsPerSlot }, keeper: this.#keeper() };
  }

  #keeper(): Description['keeper'] {
    const { keeperPidFile } = this.place;
    if (this.pid === null || !existsSync(keeperPidFile)) return 'needs none';
    return isKeeper(keeperPidFile) ? 'there' : 'gone';
  }

  /** Tells the keeper that there is nothing left for it to do. */
  #cleanUpOurselves(): void {
    if (existsSync(this.place.running)) writeFileSync(this.place.leaveFile, '');
  }

  /**
   * Whether its first process would not even notice the stop signal: as process 1, it is spared every signal it has no handler
   * for, pid_namespaces(7). Only a command without an init before it can be so.
   */
  #isDeaf(pid: number): boolean {
    const { work, init, stopSignal } = this.definition.spec;
    if (work !== 'command' || init) return false;
    const status = readIfThere(`/proc/${pid}/status`) ?? '';
    const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
    return (caught & (1n << BigInt(signalNumber(stopSignal) - 1))) === 0n;
  }

  #notedExit(): Exit | null {
    const text = readIfThere(`${this.place.exitDirectory}/${this.definition.id}`);
    if (text === undefined || text === '') return null;
    return { code: Number(text), signal: null };
  }
}

/** The keeper notes the exit a moment after the last process is gone. */
const keeperStillNotes = ({ keeperPidFile, exitDirectory }: Place, id: string): boolean =>
  isKeeper(keeperPidFile) && !existsSync(`${exitDirectory}/${id}`);

const isKeeper = (pidFile: string): boolean => {
  const keeper = Number(readIfThere(pidFile) ?? Number.NaN);
  // One that was killed keeps its name until somebody reaps it.
  return Number.isInteger(keeper) && markOf(keeper) !== undefined && readIfThere(`/proc/${keeper}/comm`)?.trim() === 'conmon';
};
