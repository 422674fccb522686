/** A further process in a running environment. */
import { rmSync, writeFileSync } from 'node:fs';
import { type ExecRequest, Refusal, type Running } from '../../../environment/index.ts';
import { readHierarchies } from '../../../host/cgroup/index.ts';
import { readIfThere } from '../../../host/file/files.ts';
import { until } from '../../../host/program/processes.ts';
import { type Spawned, start } from '../../../host/program/spawn.ts';
import { followSize } from '../../../jail/facet/terminal.ts';
import { idsOf } from '../../../jail/place.ts';
import { processOf, usualPath } from '../../../jail/start/bundle.ts';
import { Lookup } from '../../../jail/start/lookup.ts';
import { complaintIn, crun, inGroups, pidIn } from '../../../jail/start/runtime.ts';
import type { VirtualEnvironment } from '../environment.ts';
import { killSession, sessionOf } from './session.ts';

/** Commands entered by this process. */
let count = 0;

/** Throws `phase`, `command-not-found`, `command-not-executable`, `unknown-user`, `unknown-directory` or `exec-refused`. */
export const exec = async (ve: VirtualEnvironment, request: ExecRequest): Promise<Running> => {
  const { definition, place, group, surroundings } = ve;
  const { spec, name } = definition;
  const first = ve.pid;
  if (first === null) throw new Refusal('phase', [name, 'stopped', 'entered', `isola start ${name} first`]);
  if (group.isFrozen()) throw new Refusal('phase', [name, 'paused', 'entered', `isola resume ${name} first`]);

  // What a process inside sees, volumes and all.
  const lookup = new Lookup(`/proc/${first}/root`, name, idsOf(spec));
  const user = lookup.user(request.user ?? (spec.work === 'command' ? spec.user : '0'));
  const workdir = request.workdir ?? spec.workdir;
  lookup.checkDirectory(workdir);
  lookup.checkCommand(request.command[0] ?? '', workdir, request.env['PATH'] ?? spec.env['PATH'] ?? usualPath);

  const terminal = request.io.kind === 'inherit' && request.io.terminal;
  const mark = `${place.running}/exec-${globalThis.process.pid}-${++count}`;
  const process = processOf(definition, { args: request.command, env: request.env, workdir, user, terminal });
  writeFileSync(`${mark}.json`, JSON.stringify(process), { mode: 0o600 });
  const line = crun(place.runtimeState, `${mark}.log`, 'exec', `--process=${mark}.json`, `--pid-file=${mark}.pid`, definition.id);
  const [program = '', ...args] = inGroups(entrancesBeside(first, group.entrances), { guest: surroundings.guest, view: false }, line);
  const child = await start(program, args, request.io);
  const unfollow = terminal ? followSize(() => pidIn(`${mark}.pid`, group)) : undefined;
  let over = false;
  let session: number | undefined;
  return {
    ...child,
    signal: (signalName) => {
      // What it has left behind goes as well, where it was told to end.
      if (over && signalName === 'SIGKILL' && session !== undefined) killSession(session, group);
      if (over) return;
      const pid = pidIn(`${mark}.pid`, group);
      // While somebody is there to ask.
      if (pid !== null) session = sessionOf(pid);
      if (signalName === 'SIGKILL') void kill(ve, child, `${mark}.pid`, session);
      else if (pid === null) child.signal(signalName);
      else sendTo(pid, signalName);
    },
    exit: child.exit.then((exit) => {
      over = true;
      unfollow?.();
      const complaint = complaintIn(`${mark}.log`);
      for (const file of ['json', 'pid']) rmSync(`${mark}.${file}`, { force: true });
      if (complaint !== undefined && exit.code !== 0) throw new Refusal('exec-refused', [request.command.join(' '), name, complaint]);
      return exit;
    }),
  };
};

/**
 * Where a new process enters: beside the first one. In the unified hierarchy a guest's init has moved into a group of its own and
 * the one above takes no processes any more: cgroup-v2.rst, "No Internal Process Constraint".
 */
const entrancesBeside = (first: number, entrances: readonly string[]): readonly string[] => {
  if (entrances.length === 0) return entrances;
  const { unified } = readHierarchies();
  const line = (readIfThere(`/proc/${first}/cgroup`) ?? '').split('\n').find((one) => one.startsWith('0::'));
  if (unified === undefined || line === undefined) return entrances;
  return [...entrances.filter((path) => !path.startsWith(`${unified}/`)), `${unified}${line.slice('0::'.length)}/cgroup.procs`];
};

/** How long the runtime may take to enter, in ms: it is not killed on its way, for what it has started would be left inside. */
const patienceMs = 5000;

/** Kills a command with all it has started, and stops listening to what escaped from its session and holds its streams. */
const kill = async ({ group }: VirtualEnvironment, child: Spawned, pidFile: string, known: number | undefined): Promise<void> => {
  await until(() => child.hasEnded() || known !== undefined || pidIn(pidFile, group) !== null, patienceMs);
  const pid = pidIn(pidFile, group);
  const session = known ?? (pid === null ? undefined : sessionOf(pid));
  if (session !== undefined) killSession(session, group);
  else child.signal('SIGKILL');
  child.abandon();
};

const sendTo = (pid: number, name: string): void => {
  try {
    globalThis.process.kill(pid, name);
  } catch {
    // It has ended.
  }
};
