/** Commands that prepare and clear up, untimed. */
import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** An abort sends SIGTERM and throws once the command has ended. */
  readonly signal?: AbortSignal;
}

/** Returns what it printed; throws, with what it said, if it ends with a status other than 0. */
export const command = (line: readonly string[], { env, signal }: CommandOptions = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const [program = '', ...args] = line;
    // Detached: a terminal's Ctrl-C meets the bench alone, which hands it on once.
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      detached: true,
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    const said: Buffer[] = [];
    const printed: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    const hasten = (): void => void child.kill('SIGTERM');
    signal?.addEventListener('abort', hasten, { once: true });
    child.on('error', (error) => reject(new Error(`${program} does not run: ${error.message}`, { cause: error })));
    child.on('exit', (code, killer) => {
      signal?.removeEventListener('abort', hasten);
      // What it leaves running may hold its output open: what came until now is what it said.
      setImmediate(() => {
        if (signal?.aborted) return reject(signal.reason);
        if (code === 0) return resolve(Buffer.concat(printed).toString());
        const words = Buffer.concat(said.length > 0 ? said : printed)
          .toString()
          .trim()
          .slice(-500);
        reject(new Error(`${line.join(' ').slice(0, 300)} ended with ${code ?? killer}: ${words}`));
      });
    });
  });
