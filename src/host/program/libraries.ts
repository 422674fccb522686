/** What a program is loaded with, as its loader tells: ldd(1). */
import { run } from './run.ts';

/** Paths; none where it is static. */
export const librariesOf = async (program: string): Promise<readonly string[]> =>
  pathsIn((await run('ldd', [program], { accept: [0, 1] })).stdout);

/** This Node's, by the names that its loader had for them: nobody else is asked. */
export const ownLibraries = (): readonly string[] => {
  // nodejs.org/api/report.html: @types/node has neither.
  const report = process.report as typeof process.report & { excludeNetwork: boolean };
  const before = report.excludeNetwork;
  report.excludeNetwork = true;
  const { sharedObjects } = report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
  report.excludeNetwork = before;
  return sharedObjects.filter((path) => path.startsWith('/'));
};

const pathsIn = (said: string): readonly string[] => [...said.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, path]) => path ?? '');
