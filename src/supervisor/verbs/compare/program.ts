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
  try {
    // Set-up did that already; of a checkout that has changed since, it is made anew.
    await run(process.execPath, [builder]);
  } catch (error) {
    if (!existsSync(built)) throw new Refusal('program-missing', ['musl-gcc', packageOf('musl-gcc')], { cause: error });
  }
  return built;
};
