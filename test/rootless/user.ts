/** An ordinary user of this host, made up for a test: an id that nobody has, with a home that goes with the test. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, chownSync, constants, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const launcher = join(import.meta.dirname, '../../isola');

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why no user can be made up here; false where one can. */
export const unfit = (...programs: readonly string[]): string | false => {
  if (process.getuid?.() !== 0) return 'it becomes other users, which needs root';
  const missing = ['passt', ...programs].find(
    (name) => !(process.env['PATH'] ?? '').split(':').some((path) => isProgram(`${path}/${name}`)),
  );
  if (missing !== undefined) return `${missing} is not installed`;
  const { status } = spawnSync('setpriv', [
    '--reuid=64000',
    '--regid=64000',
    '--clear-groups',
    'unshare',
    '--user',
    '--map-root-user',
    'true',
  ]);
  return status === 0 ? false : 'this host gives ordinary users no user namespaces';
};

/** It may have ended meanwhile. */
const end = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
};

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

export class User implements Disposable {
  readonly uid: number;
  readonly home: string;

  /** `n`: which of this process's; other processes make up users, too. */
  constructor(n: number) {
    this.uid = 1_000_000_000 + process.pid * 100 + n;
    this.home = mkdtempSync(join(tmpdir(), `user-${this.uid}-`));
    chownSync(this.home, this.uid, this.uid);
  }

  /** Begins a command in his name, which can't become anybody else's. */
  begin(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const line = [`--reuid=${this.uid}`, `--regid=${this.uid}`, '--clear-groups', '--no-new-privs', '--', program, ...args];
    return spawn('setpriv', line, {
      cwd: this.home,
      env: { PATH: process.env['PATH'], HOME: this.home, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  }

  isola(...args: readonly string[]): Promise<Ended> {
    return endOf(this.begin(launcher, args));
  }

  beginIsola(...args: readonly string[]): ChildProcess {
    return this.begin(launcher, args);
  }

  /** Runs isola, which must end well; returns what it printed. */
  async ok(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.isola(...args);
    assert.equal(code, 0, `isola ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  async data<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, '--format', 'json'));
  }

  /** What of him is on the host besides his home: processes, and files of his namespace. */
  traces(): readonly string[] {
    const processes = readdirSync('/proc').flatMap((pid) => {
      if (!/^\d+$/.test(pid)) return [];
      try {
        if (statSync(`/proc/${pid}`).uid !== this.uid || /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return [];
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
      } catch {
        return [];
      }
    });
    return [...processes, ...globSync(`/tmp/isola-${this.uid}-*`)];
  }

  /** The same once what is on its way out is gone. */
  async tracesThatStay(): Promise<readonly string[]> {
    const end = performance.now() + 60_000;
    while (this.traces().length > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
    return this.traces();
  }

  [Symbol.dispose](): void {
    for (const trace of this.traces()) if (/^\d/.test(trace)) end(Number.parseInt(trace, 10));
    for (const path of [this.home, ...globSync(`/tmp/isola-${this.uid}-*`)]) rmSync(path, { recursive: true, force: true });
  }
}

export const endOf = async (child: ChildProcess): Promise<Ended> => {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk));
  const code = await new Promise<number>((resolve) => {
    // What a killed isola leaves running holds the streams open.
    child.once('exit', (_, signal) => signal === 'SIGKILL' && resolve(137));
    child.once('close', (status) => resolve(status ?? 128));
  });
  return { code, stdout, stderr };
};
