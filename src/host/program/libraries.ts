/** What a program is loaded with, as its loader tells: ldd(1). */
import { run } from './run.ts';

/** Paths; none where it is static. */
export const librariesOf = async (program: string): Promise<readonly string[]> => {
  const { stdout } = await run('ldd', [program], { accept: [0, 1] });
  return [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, path]) => path ?? '');
};
