/** Where the measuring program is: built beside a checkout, or brought along by a package. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Refusal } from '../../../environment/index.ts';
import { packageOf } from '../../../host/program/programs.ts';
import { run } from '../../../host/program/run.ts';

const home = fileURLToPath(new URL('../../../../', import.meta.url)).replace(/\/$/, '');
const builder = `${home}/tools/build-guest.ts`;
const [built, packed] = [`${home}/.isola/guest/measure`, `${home}/programs/measure-${process.arch}`];

/** Throws `program-missing` where it would have to be built and can't be. */
export const measuringProgram = async (): Promise<string> => {
  if (existsSync(packed)) return packed;
  if (!(await isThere('musl-gcc'))) throw new Refusal('program-missing', ['musl-gcc', packageOf('musl-gcc')]);
  await run(process.execPath, [builder]);
  return built;
};

const isThere = async (program: string): Promise<boolean> =>
  (await run('sh', ['-c', 'command -v "$0"', program], { accept: [0, 1, 127] })).code === 0;
