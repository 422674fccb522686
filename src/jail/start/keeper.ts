/** conmon keeps a detached environment: it holds the streams, writes the log, serves the console and notes the exit. No Node process stays. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Refusal } from '../../environment/index.ts';
import { controlGroup, topEntrances } from '../../host/cgroup/index.ts';
import { makeDirectory } from '../../host/file/files.ts';
import { packageOf, pathOf } from '../../host/program/programs.ts';
import { run as runProgram } from '../../host/program/run.ts';
import { spawned } from '../../host/program/spawn.ts';
import { isRootless, namespaceHold } from '../../host/user/index.ts';
import { keepersGroup, type Place, type Surroundings } from '../place.ts';
import { crun, inGroups, sentenceOf } from './runtime.ts';
import { usherIn } from './usher.ts';

/** Bytes of log kept before conmon begins anew. */
const logMost = 16 * 1024 ** 2;

export interface KeeperOptions {
  readonly id: string;
  readonly name: string;
  readonly terminal: boolean;
  readonly entrances: readonly string[];
}

/** Has the keeper create the container and start it. Throws `start-refused` with what the runtime said. */
export const startKept = async (
  place: Place,
  surroundings: Surroundings,
  { id, name, terminal, entrances }: KeeperOptions,
): Promise<void> => {
  makeDirectory(place.exitDirectory);
  const { guest } = surroundings;
  const runtime = inGroups(entrances, { guest, view: true }, crun(place.runtimeState, undefined));
  const [program = '', ...rest] = usherIn(guest) === undefined ? runtime : startingAtOnce(runtime);
  const args = [
    ...['--cid', id, '--cuuid', id, '--name', name, '--bundle', place.running, '--full-attach'],
    ...['--runtime', absolute(program), ...rest.flatMap((arg) => ['--runtime-arg', arg])],
    ...['--container-pidfile', place.pidFile, '--conmon-pidfile', place.keeperPidFile, '--exit-dir', place.exitDirectory],
    ...['--log-path', `k8s-file:${place.log}`, '--log-size-max', String(logMost), '--no-sync-log', '--log-level', 'error'],
    ...(terminal ? ['--terminal'] : []),
    ...exitCommand(place, surroundings, id).flatMap((word, index) => [index === 0 ? '--exit-command' : '--exit-command-arg', word]),
  ];
  // Descriptor 3 brings back what became of it: conmon(8), _OCI_SYNCPIPE.
  const [shell = '', ...line] = inGroups(keepersEntrances(surroundings), { guest, view: false }, ['conmon', ...args]);
  const hold = namespaceHold();
  const child = spawn(shell, line, {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...(hold === undefined ? [] : [hold])],
    cwd: '/',
    // Without a locale it takes no path that isn't ASCII: glib, g_option_context_parse.
    env: { ...heritage(), LC_ALL: 'C.UTF-8', _OCI_SYNCPIPE: '3' },
    detached: true,
  });
  const complaint: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => complaint.push(chunk.toString()));
  const report = firstLine(child.stdio[3] as Readable);
  await spawned('conmon', child);
  const [said, code] = await Promise.all([report, once(child, 'exit').then(([status]) => status as number | null)]);
  // The keeper that stays holds these open; nobody here reads on.
  for (const stream of [child.stderr, child.stdio[3]]) stream?.destroy();
  const { pid, data, message } = parseReport(said);
  if ((pid ?? data ?? 0) > 0) return usherIn(guest) === undefined ? startCreated(place, id, name) : undefined;
  const reason = message ?? complaint.join('');
  throw new Refusal('start-refused', [name, reason.trim() === '' ? `its keeper ended with ${code}` : sentenceOf(reason)]);
};

/** guest/usher, enter.c: the keeper asks for `create`, and gets `run --detach`, which saves a start of the runtime. */
const startingAtOnce = ([usher = '', verb = '', ...rest]: readonly string[]): readonly string[] => [usher, verb, '--starts', ...rest];

const startCreated = async (place: Place, id: string, name: string): Promise<void> => {
  const [program = '', ...args] = crun(place.runtimeState, undefined, 'start', id);
  const started = await runProgram(program, args, { accept: [0, 1] });
  if (started.code !== 0) throw new Refusal('start-refused', [name, sentenceOf(started.stderr)]);
};

const keepersEntrances = ({ tag }: Surroundings): readonly string[] => {
  if (isRootless()) return [];
  const keepers = controlGroup(keepersGroup(tag));
  keepers.createTrusted();
  return keepers.entrances;
};

/** What of its environment the isola needs that the keeper will call; without the code that Node keeps it takes three times as long. */
const heritage = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    ['PATH', 'HOME', 'LD_LIBRARY_PATH', 'ISOLA_NAMESPACE', 'ISOLA_PACKAGES', 'NODE_COMPILE_CACHE'].map((name) => [name, process.env[name]]),
  );

/**
 * What the keeper runs when the environment has ended, unless whoever ended it says that he cleans up himself. It steps out of the
 * keepers' control group, which it may have to remove.
 */
const exitCommand = (place: Place, { self }: Surroundings, id: string): readonly string[] => [
  '/bin/sh',
  '-c',
  '{ test -e "$1" || ! test -d "${1%/*}"; } && exit; shift; while [ "$1" != -- ]; do echo $$ > "$1"; shift; done; shift; exec "$@"',
  'isola',
  place.leaveFile,
  ...(isRootless() ? [] : topEntrances()),
  '--',
  ...self,
  'reap',
  id,
];

/** conmon wants an absolute path. */
const absolute = (program: string): string => {
  const path = program.startsWith('/') ? program : pathOf(program);
  if (path === undefined) throw new Refusal('program-missing', [program, packageOf(program)]);
  return path;
};

const firstLine = (stream: Readable): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    stream.on('close', () => resolve(text));
  });

/** `{"pid": 123}` or `{"data": 123}`, with a message where it failed: conmon, write_sync_fd. */
const parseReport = (line: string): { readonly pid?: number; readonly data?: number; readonly message?: string } => {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
};
