/** The programs of a machine's jail. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Refusal } from '../../../environment/index.ts';
import { librariesOf } from '../../../host/program/libraries.ts';
import { packageOf, pathOf } from '../../../host/program/programs.ts';
import { run } from '../../../host/program/run.ts';

export const kernelProgram = 'linux.uml';

interface KernelFiles {
  readonly kernel: string;
  /** What it is loaded with, as its loader tells: ldd(1). */
  readonly libraries: readonly string[];
  /** What it loads itself, in this order. */
  readonly modules: readonly string[];
}

/** Paths. Throws `program-missing`. */
export const kernelFiles = async (): Promise<KernelFiles> => {
  const found = pathOf(kernelProgram);
  if (found === undefined) throw new Refusal('program-missing', [kernelProgram, packageOf(kernelProgram)]);
  const kernel = realpathSync(found);
  const modules = await modulesOf(kernel);
  if (modules === undefined) throw new Refusal('program-missing', ['virtiofs.ko of its own release', packageOf(kernelProgram)]);
  return { kernel, modules, libraries: await librariesOf(kernel) };
};

/** FUSE and virtio-fs, which Debian builds as modules: they lie beside the kernel, below its own release's name. Undefined where they aren't there. */
export const modulesOf = async (kernel: string): Promise<readonly string[] | undefined> => {
  const release = await releaseOf(kernel);
  const directory = join(dirname(kernel), '../lib/uml/modules', release ?? '', 'kernel/fs/fuse');
  const modules = ['fuse.ko', 'virtiofs.ko'].map((name) => join(directory, name));
  return release !== undefined && modules.every((path) => existsSync(path)) ? modules : undefined;
};

/** What it calls itself, such as 6.1.176; undefined where it doesn't. */
export const releaseOf = async (kernel: string): Promise<string | undefined> => {
  const { stdout } = await run(kernel, ['--version'], { accept: [0, 1] });
  return /^(\d+\.\d+\S*)/m.exec(stdout)?.[1];
};
