/**
 * An environment whose processes the host confines: in namespaces and a control group of its own, on a root file system of its own, wired to
 * the store's bridge. What runs inside is its technique's business. How it is made and started is loaded when that is asked for.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { ociRuntime } from '../abi/index.ts';
import type {
  Abort,
  Call,
  Cause,
  Definition,
  Description,
  Environment,
  Exit,
  Facets,
  Io,
  Limits,
  Made,
  Observed,
  Origin,
  Running,
} from '../environment/index.ts';
import type { ControlGroup, DeviceRule } from '../host/cgroup/index.ts';
import { readIfThere, removeTree } from '../host/file/files.ts';
import { markOf, until } from '../host/program/processes.ts';
import { groupOf } from './group.ts';
import { idsPerSlot, type Place, placeOf, type Surroundings } from './place.ts';
import type { Root } from './root/index.ts';
import { pidIn } from './start/runtime.ts';
import type { Furnishing } from './start/start.ts';

export abstract class Jailed implements Environment {
  readonly definition: Definition;
  abstract readonly can: Facets;
  /** Whether a kernel of its own speaks on its cable, and not the host's. */
  readonly speaksItself: boolean = false;
  /** Whether what speaks there gets each packet as it is on a wire. */
  readonly speaksByWire: boolean = false;
  /** Whether its cable may be laid while its first process begins: what speaks there waits for it. */
  readonly awaitsCable: boolean = false;
  /** Whether its processes would see of the host’s kernel what is all of the host’s, but for lxcfs. */
  readonly viewsHost: boolean = true;
  /** Whether its processes may have their addresses laid out without chance. */
  readonly mayFixAddresses: boolean = false;
  /** Devices of the host that its processes may open beside the harmless ones, where a node of them is shown. */
  get devices(): readonly DeviceRule[] {
    return [];
  }
  readonly surroundings: Surroundings;
  readonly place: Place;
  readonly group: ControlGroup;

  constructor(definition: Definition, surroundings: Surroundings) {
    this.definition = definition;
    this.surroundings = surroundings;
    this.place = placeOf(surroundings, definition);
    this.group = groupOf(this.place);
  }

  /** Asks it to end. Returns whether that is worth waiting for. */
  protected abstract askToEnd(pid: number): Promise<boolean>;

  /** The runtime's configuration for its first process. Its root file system is mounted, its network wired. */
  abstract configure(parts: Furnishing): Promise<ociRuntime.RuntimeConfig>;

  /** What its control group may use at most, so that what is inside may use `limits`. */
  groupLimits(limits: Limits): Limits {
    return limits;
  }

  /** Its root file system, once made. */
  async root(): Promise<Root> {
    const { made } = this.definition;
    if (made === null) throw new Error(`${this.definition.name} has no root file system yet`);
    const { rootOf } = await import('./root/index.ts');
    return rootOf(made.kind, this.definition, this.place);
  }

  /** The kind of a new one's root file system, and why. */
  async chooseRoot(): Promise<Made> {
    return (await import('./root/index.ts')).chooseRoot(this.definition, this.surroundings.store);
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
    return pidIn(this.place.pidFile, this.group);
  }

  async stop(graceMs: number, abort: Abort): Promise<{ readonly killed: boolean }> {
    const { pid } = this;
    this.#cleanUpOurselves();
    if (pid === null) return { killed: false };
    if (this.group.isFrozen()) this.group.thaw();
    if (graceMs > 0 && (await this.askToEnd(pid))) {
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
    const cause = await this.lastLook();
    const noted = this.#notedExit();
    const exit = noted && { ...noted, ...(cause !== undefined && { cause }) };
    rmSync(place.state, { recursive: true, force: true });
    if (definition.spec.network === 'bridge') await (await import('./network.ts')).unplug(definition, surroundings);
    if (definition.made !== null && definition.made.kind !== 'directory') await (await this.root()).unmount();
    await this.group.remove();
    removeTree(place.running);
    return exit;
  }

  /** Called when its processes have ended and its log is whole, before what belonged to its running goes. Returns why it ended, where nobody asked it to. */
  protected async lastLook(): Promise<Cause | undefined> {
    return undefined;
  }

  /** Undoes a start: its keeper, where it has one, has nothing to do. */
  async abandon(): Promise<void> {
    this.#cleanUpOurselves();
    await this.settle();
  }

  async destroy(): Promise<void> {
    await this.abandon();
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
