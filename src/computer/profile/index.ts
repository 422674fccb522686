/** `--profile`: where a computer spends its instructions, and what its processor does. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { Refusal } from '../../environment/index.ts';
import { inWords } from '../../host/index.ts';
import { readWhole } from '../boot/bootable.ts';
import { foldedOf, jsonOf, type Profile } from './profile.ts';
import { type NoSymbols, readSymbols, Symbols } from './symbols.ts';

export { Profiler } from './profiler.ts';
export { Symbols } from './symbols.ts';
export { tableOf } from './table.ts';

/** Of files that are named for it; of the kernel, where that has any. Throws a Refusal that names the file. */
export const symbolsOf = (paths: readonly string[], kernel: string | undefined): Symbols => {
  const own = kernel === undefined ? [] : readSymbols(readWhole(kernel, 'kernel'));
  const named = paths.flatMap((path) => {
    const found = readSymbols(readWhole(path, 'symbols'));
    if (typeof found === 'string') throw new Refusal('usage', [`${path} has no names for --symbols: ${lacks[found]}`, remedies[found]]);
    return found;
  });
  return new Symbols([...named, ...(typeof own === 'string' ? [] : own)]);
};

const lacks: Readonly<Record<NoSymbols, string>> = {
  neither: 'it is neither an ELF file nor a list of symbols',
  stripped: 'it has no symbols',
  hidden: 'all its addresses are 0',
};
const remedies: Readonly<Record<NoSymbols, string>> = {
  neither: 'give a vmlinux, a System.map, or what the guest has in /proc/kallsyms',
  stripped: 'give one that isn’t stripped',
  hidden: 'read /proc/kallsyms as root, with kernel.kptr_restrict=0',
};

export interface ProfileFile extends Disposable {
  /** Throws `path-closed`. */
  write(profile: Profile): void;
}

/** The file that the profile goes to, opened before anything starts: folded stacks, or all there is where its name ends with .json. Throws `path-closed`. */
export const profileFile = (path: string): ProfileFile => {
  const tried = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new Refusal('path-closed', [path, 'written', inWords(error)], { cause: error });
    }
  };
  const file = tried(() => openSync(path, 'w'));
  const textOf = path.endsWith('.json') ? jsonOf : foldedOf;
  return { write: (profile) => tried(() => writeFileSync(file, textOf(profile))), [Symbol.dispose]: () => closeSync(file) };
};
