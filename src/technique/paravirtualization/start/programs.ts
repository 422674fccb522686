/** The programs of a machine's jail. */
import { realpathSync } from 'node:fs';
import { Refusal } from '../../../environment/index.ts';
import { packageOf, pathOf } from '../../../host/program/programs.ts';
import { run } from '../../../host/program/run.ts';

export const kernelProgram = 'linux.uml';

/** Its own path, and those of the libraries it is loaded with, as its loader tells: ldd(1). Throws `program-missing`. */
export const kernelFiles = async (): Promise<{ readonly kernel: string; readonly libraries: readonly string[] }> => {
  const found = pathOf(kernelProgram);
  if (found === undefined) throw new Refusal('program-missing', [kernelProgram, packageOf(kernelProgram)]);
  const kernel = realpathSync(found);
  const { stdout } = await run('ldd', [kernel], { accept: [0, 1] });
  return { kernel, libraries: [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, path]) => path ?? '') };
};
