import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Why a test that needs these programs is skipped, or false. */
export const lacking = (...programs: readonly string[]): string | false => {
  if (process.getuid?.() !== 0) return 'only root may set owners';
  const missing = programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  return missing.length > 0 && `this host has no ${missing.join(', ')}`;
};

/** Runs a program to its end and gives what it printed. */
export const sh = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 });

/** The same, while this process goes on answering. */
export const shAside = async (program: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 })).stdout;
