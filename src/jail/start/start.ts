/** From a root file system to running processes, detached or with the caller's streams. */
import { existsSync, writeFileSync } from 'node:fs';
import { type Abort, type Call, type Io, Refusal, type Running, UndoScope } from '../../environment/index.ts';
import { diskOf } from '../../host/cgroup/block.ts';
import { expectMoves, ownEntrances, readHierarchies } from '../../host/cgroup/index.ts';
import { isMissing, makeDirectory, writeWhole } from '../../host/file/files.ts';
import { signal } from '../../host/program/processes.ts';
import { signalNumber } from '../../host/program/signals.ts';
import { start as startProcess } from '../../host/program/spawn.ts';
import { isRootless, namespaceHold } from '../../host/user/index.ts';
import { followSize } from '../facet/terminal.ts';
import type { Jailed } from '../jailed.ts';
import { compiledFilter } from './filter.ts';
import { startKept } from './keeper.ts';
import { type Held, holdNamespaces } from './namespaces.ts';
import { complaintIn, crun, inGroups } from './runtime.ts';
import { raiseServices } from './services.ts';

/** What the runtime's configuration is made of, beyond the definition. */
export interface Furnishing {
  readonly held: Held | undefined;
  /** Compiled system call filter, base64; undefined for none. */
  readonly filter: string | undefined;
  /** Mount point of lxcfs; an ordinary user has none, nor who has a kernel of his own. */
  readonly lxcfs: string | undefined;
  readonly terminal: boolean;
  /** Whether the host has the unified control group hierarchy. */
  readonly unified: boolean;
}

const networksToHold = { host: 'shared', none: 'loopback', bridge: 'own' } as const;

/** A command that ends sooner than this never has its runtime moved. */
const runtimeMovesAfterMs = 40;

export const start = async (jailed: Jailed, call: Call): Promise<void> => {
  const { definition, place, surroundings, group } = jailed;
  const { id, name, spec } = definition;
  await using scope = new UndoScope();
  scope.defer(() => jailed.abandon());
  const { held, connected } = await prepare(jailed, spec.terminal, call);
  try {
    const keeping = startKept(place, surroundings, { id, name, terminal: spec.terminal, entrances: group.entrances });
    await bothOf(connected, keeping, call.signal);
  } finally {
    held?.release();
  }
  scope.keep();
};

export const run = async (jailed: Jailed, io: Io, call: Call): Promise<Running> => {
  const { definition, place, group, surroundings } = jailed;
  await using scope = new UndoScope();
  scope.defer(async () => void (await jailed.settle()));
  const terminal = io.kind === 'inherit' && io.terminal;
  const { held, connected } = await prepare(jailed, terminal, call);
  if (held !== undefined) scope.defer(held.release);
  await connected;
  const log = `${place.running}/crun.log`;
  const line = crun(place.runtimeState, log, 'run', `--pid-file=${place.pidFile}`, `--bundle=${place.running}`, definition.id);
  const [program = '', ...args] = inGroups(group.entrances, { guest: surroundings.guest, view: true }, line);
  const child = await startProcess(program, args, io, { hold: namespaceHold() });
  scope.keep();
  const leaving = isRootless() ? undefined : moveOutLater(jailed, child.pid);
  const unfollow = terminal ? followSize(() => jailed.pid) : undefined;
  return {
    ...child,
    exit: child.exit.then((exit) => {
      clearInterval(leaving);
      unfollow?.();
      held?.release();
      const complaint = complaintIn(log);
      if (complaint !== undefined && exit.code !== 0) throw new Refusal('start-refused', [definition.name, complaint]);
      return exit;
    }),
    signal: (name) => {
      const { pid } = jailed;
      if (pid === null) child.signal(name);
      else signal(pid, signalNumber(name));
    },
  };
};

interface Prepared {
  readonly held: Held | undefined;
  /** Its cable is laid: before the runtime is called, unless it waits for that itself. */
  readonly connected: Promise<void>;
}

/** All that a start needs before the runtime is called, as much at the same time as can be. */
const prepare = async (jailed: Jailed, terminal: boolean, { signal: abort }: Call): Promise<Prepared> => {
  const { definition, place, surroundings, group } = jailed;
  const { spec } = definition;
  for (const { source } of spec.volumes)
    if (!existsSync(source)) throw new Refusal('no-such-path', [source, 'it is to be shown by --volume: make it first, or show another']);
  expectMoves();
  await using scope = new UndoScope();
  const holding = holdNamespaces(surroundings.guest, spec.userns === 'private' ? place.base : null, networksToHold[spec.network]);
  // What fails meanwhile is told below.
  scope.defer(async () => (await holding.catch(() => undefined))?.release());
  holding.catch(() => {});
  // First of what others see, for it shows whoever would end the shared services that somebody is on his way in.
  await group.create(spec.work === 'system' ? place.base : null, jailed.devices);
  makeDirectory(place.running, 0o711);
  const raising = raiseServices(surroundings, { network: spec.network, view: jailed.viewsHost }, abort);
  // Nothing is plugged into what could not be raised: why not is what is told.
  const connected = raising.then(async () => connect(jailed, await holding));
  // When it is undone, nobody makes anything any more. Whoever waits for it is told.
  scope.defer(async () => void (await Promise.allSettled([connected])));
  connected.catch(() => {});
  const held = await holding;
  const lxcfs = jailed.awaitsCable ? undefined : await raising;
  const furnished = furnish(jailed, held, { terminal, lxcfs, signal: abort });
  await (jailed.awaitsCable ? furnished : bothOf(connected, furnished, abort));
  scope.keep();
  return { held, connected };
};

/** Both are done, well or not, before anything is undone: neither makes anything afterwards. Throws why the first of them is not. */
const bothOf = async (one: Promise<unknown>, other: Promise<unknown>, abort: Abort): Promise<void> => {
  const all = await Promise.allSettled([one, other]);
  abort.throwIfAborted();
  for (const done of all) if (done.status === 'rejected') throw done.reason;
};

const connect = async ({ definition, surroundings, speaksItself, speaksByWire }: Jailed, held: Held | undefined): Promise<void> => {
  if (definition.spec.network !== 'bridge' || held === undefined) return;
  await (await import('../network.ts')).plugIn(definition, surroundings, held, { isBare: speaksItself, isWire: speaksByWire });
};

/** Root file system, limits and the runtime's configuration. */
const furnish = async (
  jailed: Jailed,
  held: Held | undefined,
  { terminal, lxcfs, signal: abort }: { readonly terminal: boolean; readonly lxcfs: string | undefined; readonly signal: Abort },
): Promise<void> => {
  const { place, group } = jailed;
  const { spec } = jailed.definition;
  const root = await jailed.root();
  await root.mount(held);
  group.apply(jailed.groupLimits(spec.limits), diskOf(root.onDisk));
  const filter = await compiledFilter(jailed, abort);
  const config = await jailed.configure({ held, filter, lxcfs, terminal, unified: readHierarchies().unified !== undefined });
  writeWhole(`${place.running}/config.json`, JSON.stringify(config), { mode: 0o600 });
};

/**
 * The runtime waits beside the environment, not inside: a pause or kill of the group must not meet it. But not before its child is there:
 * on a busy host that takes longer, and a child born outside would know neither limits nor device rules.
 */
const moveOutLater = (jailed: Jailed, runtime: number): NodeJS.Timeout => {
  const timer = setInterval(() => {
    if (jailed.pid === null) return;
    clearInterval(timer);
    moveOut(runtime);
  }, runtimeMovesAfterMs);
  return timer;
};

const moveOut = (pid: number): void => {
  for (const entrance of ownEntrances()) {
    try {
      writeFileSync(entrance, String(pid));
    } catch (error) {
      // It has ended meanwhile.
      if (!isMissing(error)) throw error;
    }
  }
};
