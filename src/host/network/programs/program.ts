/** Host programs that are started before their input is known, so that their start-up passes while others work. */
import { spawn } from 'node:child_process';
import { Refusal } from '../../../environment/index.ts';
import { servantEnvironment } from '../../program/processes.ts';
import { packageOf, pathOf } from '../../program/programs.ts';
import { type RunResult, spawnRefusal, wasMetEarly } from '../../program/run.ts';

/** A program that waits for its standard input. It must be fed, be it with nothing, or it waits for ever. */
export interface Waiting {
  feed(input: string): Promise<RunResult>;
}

/** Starts a program now, out of reach of the terminal's Ctrl-C, as `run` does. Its failure is a result, not an error; only a program that isn't there is a Refusal. */
export const start = (program: string, args: readonly string[]): Waiting => {
  const first = begin(program, args);
  return {
    async feed(input) {
      for (let attempt = first; ; attempt = begin(program, args)) {
        attempt.child.stdin.end(input);
        const { signal, ...result } = await attempt.ended;
        if (!wasMetEarly(signal)) return result;
      }
    },
  };
};

const begin = (program: string, args: readonly string[]) => {
  const child = spawn(program, args, { stdio: 'pipe', env: { ...servantEnvironment(), LC_ALL: 'C' }, detached: true });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  child.stdin.on('error', () => {});
  const ended = new Promise<RunResult & { readonly signal: string | null }>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => reject(spawnRefusal(program, error)));
    child.on('close', (code, signal) => resolve({ code: code ?? 128, signal, ...text }));
  });
  // Whoever feeds it hears of its end; until then a failed start is nobody's business.
  ended.catch(() => {});
  return { child, ended };
};

/** Waits for all, and only then throws the first error: nothing goes on behind the back of who undoes it. */
export const all = async (deeds: readonly (Promise<void> | undefined)[]): Promise<void> => {
  const results = await Promise.allSettled(deeds);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
};

/** The Refusal for a program that did not do what it was told. */
export const failed = (command: string, result: RunResult, what: string): Refusal =>
  new Refusal('host-command-failed', [command, `failed with status ${result.code}: ${what}`]);

/** Refuses with `program-missing` before anything is made. */
export const requirePrograms = (programs: readonly string[]): void => {
  for (const program of programs) if (pathOf(program) === undefined) throw new Refusal('program-missing', [program, packageOf(program)]);
};
