/** One Virtual Environment: from its root file system to its end. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import {
  type Call,
  type Definition,
  type Description,
  type Environment,
  type Exit,
  type Facets,
  type Io,
  type Made,
  type Observed,
  type Origin,
  Refusal,
  type Running,
  UndoScope,
} from '../../environment/index.ts';
import { diskOf } from '../../host/cgroup/block.ts';
import { type ControlGroup, controlGroup, ownEntrances, readHierarchies } from '../../host/cgroup/index.ts';
import { isMissing, makeDirectory, readIfThere, removeTree, writeWhole } from '../../host/files.ts';
import { raiseLxcfs } from '../../host/lxcfs.ts';
import { signal, until } from '../../host/processes.ts';
import { run } from '../../host/run.ts';
import { signalNumber } from '../../host/signals.ts';
import { start } from '../../host/spawn.ts';
import { removeLargeTree } from '../../host/tree.ts';
import { isShownInside, runtimeConfig, usualPath } from './bundle.ts';
import { facetsOf } from './facets.ts';
import { createKept } from './keeper.ts';
import { Lookup } from './lookup.ts';
import { type Held, holdNamespaces } from './namespaces.ts';
import { plugIn, unplug, writeNameFiles } from './network.ts';
import { idsPerSlot, type Place, placeOf, type Surroundings } from './place.ts';
import { chooseRoot, type Root, rootOf } from './root/index.ts';
import { complaintIn, crun, inGroups, pidIn, sentenceOf } from './runtime.ts';

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
  get root(): Root {
    const { made } = this.definition;
    if (made === null) throw new Error(`${this.definition.name} has no root file system yet`);
    return rootOf(made.kind, this.definition, this.place);
  }

  async create(origin: Origin, call: Call): Promise<Made> {
    const { definition, place, surroundings } = this;
    const source = origin.from === 'environment' ? origin.source : undefined;
    const made = source?.made ?? chooseRoot(definition, surroundings.store);
    makeDirectory(place.lasting, 0o711);
    const root = rootOf(made.kind, definition, place);
    if (origin.from === 'template') await root.makeFromTemplate(call);
    else await root.makeFrom(placeOf(surroundings, origin.source), origin.snapshot, call);
    return made;
  }

  async start(): Promise<void> {
    const { definition, place, surroundings, group } = this;
    await using scope = new UndoScope();
    scope.defer(() => this.settle().then(() => {}));
    const held = await this.#prepare(this.definition.spec.terminal);
    try {
      await createKept(place, surroundings, {
        id: definition.id,
        name: definition.name,
        terminal: definition.spec.terminal,
        entrances: group.entrances,
      });
    } finally {
      held?.release();
    }
    const [program = '', ...args] = crun(place.runtimeState, undefined, 'start', definition.id);
    const started = await run(program, args, { accept: [0, 1] });
    if (started.code !== 0) throw new Refusal('start-refused', [definition.name, sentenceOf(started.stderr)]);
    scope.keep();
  }

  async run(io: Io): Promise<Running> {
    const { definition, place, group } = this;
    await using scope = new UndoScope();
    scope.defer(() => this.settle().then(() => {}));
    const terminal = io.kind === 'inherit' && io.terminal;
    const held = await this.#prepare(terminal);
    if (held !== undefined) scope.defer(held.release);
    const log = `${place.running}/crun.log`;
    const line = crun(place.runtimeState, log, 'run', `--pid-file=${place.pidFile}`, `--bundle=${place.running}`, definition.id);
    const [program = '', ...args] = inGroups(group.entrances, true, line);
    const child = await start(program, args, io);
    scope.keep();
    const leave = setTimeout(() => this.#moveOut(child.pid), runtimeMovesAfterMs);
    return {
      ...child,
      exit: child.exit.then((exit) => {
        clearTimeout(leave);
        held?.release();
        const complaint = complaintIn(log);
        if (complaint !== undefined && exit.code !== 0) throw new Refusal('start-refused', [definition.name, complaint]);
        return exit;
      }),
      signal: (name) => {
        const pid = pidIn(place.pidFile, place.group);
        if (pid === null) child.signal(name);
        else signal(pid, signalNumber(name));
      },
    };
  }

  async observe(): Promise<Observed> {
    const pid = pidIn(this.place.pidFile, this.place.group);
    const exit = pid === null ? this.#notedExit() : null;
    if (pid === null) return { phase: 'stopped', pid: null, exit };
    return { phase: this.group.isFrozen() ? 'paused' : 'running', pid, exit };
  }

  async stop(graceMs: number): Promise<{ readonly killed: boolean }> {
    const { place, definition } = this;
    const pid = pidIn(place.pidFile, place.group);
    if (existsSync(place.running)) writeFileSync(place.leaveFile, '');
    if (pid === null) return { killed: false };
    if (this.group.isFrozen()) this.group.thaw();
    if (graceMs > 0 && !this.#isDeaf(pid)) {
      signal(pid, signalNumber(definition.spec.stopSignal));
      if (await until(() => pidIn(place.pidFile, place.group) === null, graceMs)) return { killed: false };
    }
    await this.group.kill();
    return { killed: true };
  }

  async settle(): Promise<Exit | null> {
    const { place, definition } = this;
    await this.group.kill();
    await until(() => !keeperStillNotes(place, definition.id), 2000);
    const exit = this.#notedExit();
    rmSync(`${place.runtimeState}/${definition.id}`, { recursive: true, force: true });
    await unplug(definition, this.surroundings);
    if (definition.made !== null) await this.root.unmount();
    await this.group.remove();
    removeTree(place.running);
    return exit;
  }

  async destroy(): Promise<void> {
    const { place } = this;
    if (existsSync(place.running)) writeFileSync(place.leaveFile, '');
    await this.settle();
    if (this.definition.made === null) for (const kind of ['overlay', 'image']) await rootOf(kind, this.definition, place).unmount();
    if (!existsSync(place.lasting)) return;
    if (this.definition.made?.kind === 'overlay' && this.definition.spec.ephemeral) removeTree(place.lasting);
    else await removeLargeTree(place.lasting);
  }

  describe(): Description {
    const { root, base } = this.place;
    return { rootPath: root, userIds: base === 0 ? null : { first: base, count: idsPerSlot } };
  }

  /** All that a start needs before the runtime is called, as much at the same time as can be. */
  async #prepare(terminal: boolean): Promise<Held | undefined> {
    const { definition, place, surroundings, group } = this;
    const { spec } = definition;
    for (const { source } of spec.volumes) if (!existsSync(source)) throw new Refusal('no-such-path', [source]);
    makeDirectory(place.running, 0o711);
    const holding = holdNamespaces(spec.userns === 'private' ? place.base : null, spec.network !== 'host');
    const raising = surroundings.alone('services', 'start', () => raiseLxcfs(surroundings.runtime));
    // One that fails must not leave the other's failure unheard.
    const [holds, raises] = await Promise.allSettled([holding, raising]);
    if (holds.status === 'rejected') throw holds.reason;
    const held = holds.value;
    try {
      if (raises.status === 'rejected') throw raises.reason;
      const plugging = plugIn(definition, surroundings, held);
      try {
        group.create(spec.work === 'system' ? place.base : null);
        await this.root.mount(held);
        group.apply(spec.limits, diskOf(this.root.onDisk));
        const lookup = new Lookup(place.root, definition.name, spec.volumes);
        const user = lookup.user(spec.work === 'command' ? spec.user : '0');
        if (spec.work === 'command' && !isShownInside(spec.command[0])) {
          lookup.checkCommand(spec.command[0] ?? '', spec.workdir, spec.env['PATH'] ?? usualPath);
        }
        lookup.checkDirectory(spec.workdir);
        writeNameFiles(definition, place);
        const parts = { held, user, lxcfs: raises.value, terminal, unified: readHierarchies().unified !== undefined };
        writeWhole(`${place.running}/config.json`, JSON.stringify(runtimeConfig(definition, place, parts)), { mode: 0o600 });
      } finally {
        await plugging;
      }
      return held;
    } catch (error) {
      held?.release();
      throw error;
    }
  }

  /** The runtime waits beside the environment, not inside: a pause or kill of the group must not meet it. */
  #moveOut(pid: number): void {
    for (const entrance of ownEntrances()) {
      try {
        writeFileSync(entrance, String(pid));
      } catch (error) {
        // It has ended meanwhile.
        if (!isMissing(error)) throw error;
      }
    }
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

/** A command that ends sooner than this never has its runtime moved. */
const runtimeMovesAfterMs = 40;

/** The keeper notes the exit a moment after the last process is gone. */
const keeperStillNotes = ({ keeperPidFile, exitDirectory }: Place, id: string): boolean => {
  const keeper = Number(readIfThere(keeperPidFile) ?? Number.NaN);
  return Number.isInteger(keeper) && readIfThere(`/proc/${keeper}/comm`)?.trim() === 'conmon' && !existsSync(`${exitDirectory}/${id}`);
};
