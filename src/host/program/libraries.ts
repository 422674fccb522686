/** What a program is loaded with, as its loader tells: ldd(1). */
import { run } from './run.ts';

/** Paths; none where it is static. */
export const librariesOf = async (program: string): Promise<readonly string[]> =>
  pathsIn((await run('ldd', [program], { accept: [0, 1] })).stdout);

/** This Node's, which needs none of the seven programs that ldd(1) starts: it doesn't run either but where it is static, and says its version then. */
export const ownLibraries = async (): Promise<readonly string[]> => {
  const env = { ...process.env, LD_TRACE_LOADED_OBJECTS: '1' };
  return pathsIn((await run(process.execPath, ['--version'], { env })).stdout);
};

const pathsIn = (said: string): readonly string[] => [...said.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, path]) => path ?? '');
