/** From a root file system to running processes, detached or with the caller's streams. */
import { existsSync, writeFileSync } from 'node:fs';
import { type Abort, type Call, type Io, Refusal, type Running, UndoScope } from '../../../environment/index.ts';
import { diskOf } from '../../../host/cgroup/block.ts';
import { expectMoves, ownEntrances, readHierarchies } from '../../../host/cgroup/index.ts';
import { isMissing, makeDirectory, writeWhole } from '../../../host/file/files.ts';
import { signal } from '../../../host/program/processes.ts';
import { run as runProgram } from '../../../host/program/run.ts';
import { signalNumber } from '../../../host/program/signals.ts';
import { start as startProcess } from '../../../host/program/spawn.ts';
import type { VirtualEnvironment } from '../environment.ts';
import { followSize } from '../facet/terminal.ts';
import { idsOf } from '../place.ts';
import { isShownInside, runtimeConfig, usualPath } from './bundle.ts';
import { compiledFilter } from './filter.ts';
import { createKept } from './keeper.ts';
import { Lookup } from './lookup.ts';
import { writeNameFiles } from './names.ts';
import { type Held, holdNamespaces } from './namespaces.ts';
import { complaintIn, crun, inGroups, sentenceOf } from './runtime.ts';
import { raiseServices } from './services.ts';

const networksToHold = { host: 'shared', none: 'loopback', bridge: 'own' } as const;

/** A command that ends sooner than this never has its runtime moved. */
const runtimeMovesAfterMs = 40;

export const start = async (ve: VirtualEnvironment, call: Call): Promise<void> => {
  const { definition, place, surroundings, group } = ve;
  const { id, name, spec } = definition;
  await using scope = new UndoScope();
  scope.defer(async () => void (await ve.settle()));
  const held = await prepare(ve, spec.terminal, call);
  try {
    await createKept(place, surroundings, { id, name, terminal: spec.terminal, entrances: group.entrances });
  } finally {
    held?.release();
  }
  const [program = '', ...args] = crun(place.runtimeState, undefined, 'start', id);
  const started = await runProgram(program, args, { accept: [0, 1] });
  if (started.code !== 0) throw new Refusal('start-refused', [name, sentenceOf(started.stderr)]);
  scope.keep();
};

export const run = async (ve: VirtualEnvironment, io: Io, call: Call): Promise<Running> => {
  const { definition, place, group } = ve;
  await using scope = new UndoScope();
  scope.defer(async () => void (await ve.settle()));
  const terminal = io.kind === 'inherit' && io.terminal;
  const held = await prepare(ve, terminal, call);
  if (held !== undefined) scope.defer(held.release);
  const log = `${place.running}/crun.log`;
  const line = crun(place.runtimeState, log, 'run', `--pid-file=${place.pidFile}`, `--bundle=${place.running}`, definition.id);
  const [program = '', ...args] = inGroups(group.entrances, true, line);
  const child = await startProcess(program, args, io);
  scope.keep();
  const leaving = moveOutLater(ve, child.pid);
  const unfollow = terminal ? followSize(() => ve.pid) : undefined;
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
      const { pid } = ve;
      if (pid === null) child.signal(name);
      else signal(pid, signalNumber(name));
    },
  };
};

/** All that a start needs before the runtime is called, as much at the same time as can be. */
const prepare = async (ve: VirtualEnvironment, terminal: boolean, { signal: abort }: Call): Promise<Held | undefined> => {
  const { definition, place, surroundings, group } = ve;
  const { spec } = definition;
  for (const { source } of spec.volumes)
    if (!existsSync(source)) throw new Refusal('no-such-path', [source, 'it is to be shown by --volume: make it first, or show another']);
  expectMoves();
  // First, for it shows whoever would end the shared services that somebody is on his way in.
  await group.create(spec.work === 'system' ? place.base : null);
  makeDirectory(place.running, 0o711);
  const raising = raiseServices(surroundings, spec.network, abort);
  const holding = holdNamespaces(spec.userns === 'private' ? place.base : null, networksToHold[spec.network]);
  // One that fails must not leave the other's failure unheard, nor what it made unreleased.
  const [holds] = await Promise.allSettled([holding, raising]);
  const held = holds.status === 'fulfilled' ? holds.value : await holding;
  try {
    const furnishing = raising.then((lxcfs) => furnish(ve, held, { terminal, lxcfs, signal: abort }));
    // Both are done, well or not, before anything is undone: neither makes anything afterwards.
    const [connected, furnished] = await Promise.allSettled([connect(ve, held), furnishing]);
    abort.throwIfAborted();
    for (const done of [connected, furnished]) if (done.status === 'rejected') throw done.reason;
    return held;
  } catch (error) {
    held?.release();
    throw error;
  }
};

const connect = async ({ definition, surroundings }: VirtualEnvironment, held: Held | undefined): Promise<void> => {
  if (definition.spec.network !== 'bridge' || held === undefined) return;
  await (await import('../network.ts')).plugIn(definition, surroundings, held.pid);
};

/** Root file system, limits and the runtime's configuration. */
const furnish = async (
  ve: VirtualEnvironment,
  held: Held | undefined,
  { terminal, lxcfs, signal: abort }: { readonly terminal: boolean; readonly lxcfs: string; readonly signal: Abort },
): Promise<void> => {
  const { definition, place, group } = ve;
  const { spec, name } = definition;
  const root = await ve.root();
  await root.mount(held);
  group.apply(spec.limits, diskOf(root.onDisk));
  const lookup = new Lookup(place.root, name, idsOf(spec), spec.volumes);
  const user = lookup.user(spec.work === 'command' ? spec.user : '0');
  if (spec.work === 'command' && !isShownInside(spec.command[0])) {
    lookup.checkCommand(spec.command[0] ?? '', spec.workdir, spec.env['PATH'] ?? usualPath);
  }
  lookup.checkDirectory(spec.workdir);
  writeNameFiles(definition, place);
  const filter = await compiledFilter(spec, ve.surroundings, abort);
  const parts = { held, user, filter, lxcfs, terminal, unified: readHierarchies().unified !== undefined };
  writeWhole(`${place.running}/config.json`, JSON.stringify(runtimeConfig(definition, place, parts)), { mode: 0o600 });
};

/**
 * The runtime waits beside the environment, not inside: a pause or kill of the group must not meet it. But not before its child is there:
 * on a busy host that takes longer, and a child born outside would know neither limits nor device rules.
 */
const moveOutLater = (ve: VirtualEnvironment, runtime: number): NodeJS.Timeout => {
  const timer = setInterval(() => {
    if (ve.pid === null) return;
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
