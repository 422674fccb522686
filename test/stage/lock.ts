/** A lock that several test files share. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Held by a program that ends with its input, and so with this process. */
export const lock = async (path: string): Promise<AsyncDisposable> => {
  const holder: ChildProcess = spawn('flock', [path, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(holder, 'close');
  await Promise.race([once(holder.stdout!, 'data'), gone.then(() => Promise.reject(new Error(`${path} can't be locked`)))]);
  return {
    [Symbol.asyncDispose]: async () => {
      holder.stdin?.end();
      await gone;
    },
  };
};
