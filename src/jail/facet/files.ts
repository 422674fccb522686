/**
 * Files in and out, by a busybox that runs inside: so links lead where they lead inside, owners are the environment's own, and what
 * it may touch is what the environment may. A stopped one is woken for it, with nothing else running.
 */
import { dirname, posix } from 'node:path';
import { type Call, type Definition, type Files, Refusal, type Running } from '../../environment/index.ts';
import { isFull } from '../../host/program/run.ts';

/** An applet of busybox that runs inside as root, with pipes; `leave` cleans up after it. */
export interface Applet {
  readonly running: Running;
  leave(): Promise<void>;
}

/** How files are looked at, unpacked and packed inside, each as the words of an applet. */
export interface FileWords {
  /** Says `directory`, `file` or nothing. */
  kind(path: string): readonly string[];
  /** Makes the directory where it is not there. */
  unpack(directory: string): readonly string[];
  /** All that is in a directory, or a file by its name. Names in the archive begin with `./`. Ends with `noSuchPath` where there is neither. */
  pack(path: string): readonly string[];
}

const noSuchPath = 3;

/** `busybox`: what the shell inside calls it by. */
export const busyboxWords = (busybox: string): FileWords => ({
  kind: (path) => ['sh', '-c', 'if test -d "$0"; then echo directory; elif test -e "$0" || test -L "$0"; then echo file; fi', path],
  unpack: (directory) => ['sh', '-c', '"$0" mkdir -p "$1" && exec "$0" tar -x -p -f - -C "$1"', busybox, directory],
  pack: (path) => {
    const script = `if test -d "$1"; then exec "$0" tar -c -f - -C "$1" .; fi
      test -e "$1" || test -L "$1" || exit ${noSuchPath}; exec "$0" tar -c -f - -C "$2" "./$3"`;
    return ['sh', '-c', script, busybox, path, dirname(path), posix.basename(path)];
  },
});

/** `enter` starts an applet, given as its words. */
export const filesBy = (name: string, words: FileWords, enter: (applet: readonly string[]) => Promise<Applet>): Files => {
  /** Uses an applet, and cleans up after it however its use ends. */
  async function* within<T>(applet: readonly string[], use: (running: Running) => AsyncGenerator<T>): AsyncGenerator<T> {
    const { running, leave } = await enter(applet);
    try {
      yield* use(running);
    } finally {
      await leave();
    }
  }

  /** Runs an applet to its end. Throws what it complained about. */
  const finish = async (applet: readonly string[], input?: AsyncIterable<Uint8Array>): Promise<string> => {
    let stdout = '';
    for await (const text of within(applet, async function* (running) {
      const [out, complaint] = [collect(running.stdout), collect(running.stderr)];
      for await (const chunk of input ?? []) await running.stdin.write(chunk);
      await running.stdin.end();
      refuse(name, await running.exit, await complaint);
      yield await out;
    })) {
      stdout = text;
    }
    return stdout;
  };

  const kind = async (path: string): Promise<'directory' | 'file' | null> => {
    const word = (await finish(words.kind(path))).trim();
    return word === 'directory' || word === 'file' ? word : null;
  };

  return {
    kind,
    put: async (tar, directory) => {
      await finish(words.unpack(directory), tar);
    },
    get: async function* (path) {
      yield* within(words.pack(path), async function* (running) {
        const complaint = collect(running.stderr);
        yield* running.stdout;
        const exit = await running.exit;
        if (exit.code === noSuchPath) throw new Refusal('no-such-path', [`${name}:${path}`]);
        refuse(name, exit, await complaint);
      });
    },
    remove: async (path) => {
      await finish(['rm', '-rf', '--', path]);
    },
  };
};

/** Whoever reads or writes the stream ends the work by ending that. */
export const unheard: Call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };

/** The same files and ids, nothing else: no network, no limits, no first process of its own. */
export const wokenFor = (definition: Definition, work: Pick<Definition['spec'], 'work' | 'command'>): Definition => ({
  ...definition,
  address: null,
  spec: { ...definition.spec, ...work, init: false, user: '0', workdir: '/', network: 'none', publish: [], limits: {} },
});

const refuse = (name: string, { code }: { readonly code: number }, complaint: string): void => {
  if (code === 0) return;
  if (isFull(complaint)) throw new Refusal('no-space', ['the copy', name]);
  const reason =
    complaint
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^[a-z]+: /, '') ?? '';
  throw new Refusal('exec-refused', ['the copy', name, reason === '' ? `it ended with ${code}` : reason]);
};

const collect = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};
