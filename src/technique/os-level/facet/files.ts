/**
 * Files in and out, by a busybox of the host's that runs inside: so links lead where they lead inside, owners are the
 * environment's own, and what it may touch is what the environment may. A stopped one is woken for it, with nothing else running.
 */
import { dirname, posix } from 'node:path';
import { type Call, type Definition, Refusal, type Running } from '../../../environment/index.ts';
import { isFull } from '../../../host/program/run.ts';
import { programsInside } from '../bundle.ts';
import { VirtualEnvironment } from '../environment.ts';
import { exec } from './exec.ts';

export const kind = async (ve: VirtualEnvironment, path: string): Promise<'directory' | 'file' | null> => {
  const { stdout } = await finish(ve, [
    'sh',
    '-c',
    'if test -d "$0"; then echo directory; elif test -e "$0" || test -L "$0"; then echo file; fi',
    path,
  ]);
  const word = stdout.trim();
  return word === 'directory' || word === 'file' ? word : null;
};

export const put = async (ve: VirtualEnvironment, tar: AsyncIterable<Uint8Array>, directory: string): Promise<void> => {
  await finish(ve, ['sh', '-c', '"$0" mkdir -p "$1" && exec "$0" tar -x -p -f - -C "$1"', programsInside.busybox, directory], tar);
};

export async function* get(ve: VirtualEnvironment, path: string): AsyncGenerator<Uint8Array> {
  const found = await kind(ve, path);
  if (found === null) throw new Refusal('no-such-path', [`${ve.definition.name}:${path}`]);
  const what = found === 'directory' ? ['-C', path, '.'] : ['-C', dirname(path), `./${posix.basename(path)}`];
  yield* within(ve, ['tar', '-c', '-f', '-', ...what], async function* (running) {
    const complaint = collect(running.stderr);
    yield* running.stdout;
    refuse(ve, await running.exit, await complaint);
  });
}

export const remove = async (ve: VirtualEnvironment, path: string): Promise<void> => {
  await finish(ve, ['rm', '-rf', '--', path]);
};

/** Runs a busybox applet to its end. Throws what it complained about. */
const finish = async (
  ve: VirtualEnvironment,
  applet: readonly string[],
  input?: AsyncIterable<Uint8Array>,
): Promise<{ stdout: string }> => {
  let stdout = '';
  for await (const text of within(ve, applet, async function* (running) {
    const [out, complaint] = [collect(running.stdout), collect(running.stderr)];
    for await (const chunk of input ?? []) await running.stdin.write(chunk);
    await running.stdin.end();
    refuse(ve, await running.exit, await complaint);
    yield await out;
  })) {
    stdout = text;
  }
  return { stdout };
};

const refuse = ({ definition }: VirtualEnvironment, { code }: { readonly code: number }, complaint: string): void => {
  if (code === 0) return;
  if (isFull(complaint)) throw new Refusal('no-space', ['the copy', definition.name]);
  const reason =
    complaint
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^[a-z]+: /, '') ?? '';
  throw new Refusal('exec-refused', ['the copy', definition.name, reason === '' ? `it ended with ${code}` : reason]);
};

/** Uses an applet that runs inside, and cleans up after it however its use ends. */
async function* within<T>(
  ve: VirtualEnvironment,
  applet: readonly string[],
  use: (running: Running) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const command = [programsInside.busybox, ...applet];
  const { phase } = await ve.observe();
  if (phase !== 'stopped') {
    const running = await exec(ve, { command, env: {}, workdir: '/', user: '0', io: { kind: 'pipes' } });
    try {
      yield* use(running);
    } finally {
      running.signal('SIGKILL');
    }
    return;
  }
  const woken = new VirtualEnvironment(wokenFor(ve.definition, command), ve.surroundings);
  const running = await woken.run({ kind: 'pipes' }, unheard);
  try {
    yield* use(running);
  } finally {
    await woken.settle();
  }
}

/** Whoever reads or writes the stream ends the work by ending that. */
const unheard: Call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };

/** The same files and ids, nothing else: no network, no limits, no first process of its own. */
const wokenFor = (definition: Definition, command: readonly string[]): Definition => ({
  ...definition,
  address: null,
  spec: { ...definition.spec, work: 'command', command, init: false, user: '0', workdir: '/', network: 'none', publish: [], limits: {} },
});

const collect = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};
