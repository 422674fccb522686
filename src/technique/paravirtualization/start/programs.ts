/** The programs of a machine's jail. */
import { existsSync, realpathSync } from 'node:fs';
import { run } from '../../../host/program/run.ts';

/** Debian package user-mode-linux. */
export const kernelProgram = 'linux.uml';

/** Its own path, and those of the libraries it is loaded with, as its loader tells: ld.so(8), --list. */
export const kernelFiles = async (): Promise<{ readonly kernel: string; readonly libraries: readonly string[] }> => {
  const kernel = kernelPath();
  if (kernel === undefined) throw new Error(`${kernelProgram} is not in PATH`);
  const { stdout } = await run('ldd', [kernel], { accept: [0, 1] });
  return { kernel, libraries: [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, path]) => path ?? '') };
};

export const kernelPath = (): string | undefined => {
  const found = (process.env['PATH'] ?? '').split(':').find((directory) => existsSync(`${directory}/${kernelProgram}`));
  return found === undefined ? undefined : realpathSync(`${found}/${kernelProgram}`);
};
