/** Any code in any mode: in blocks of any length it does what it does instruction by instruction. */
import type { CpuState } from '../../src/machine/index.ts';
import { pick, type Random, runAlone } from '../mutation.ts';
import { anywhere } from './anywhere.ts';
import { difference, rigsOf } from './rig.ts';

const most = 300;
let reset: CpuState | undefined;

/** As after a reset: what random states are made of. */
export const resetState = (): CpuState => {
  reset ??= rigsOf(2)[0]?.state;
  if (reset === undefined) throw new Error('there is no processor');
  return reset;
};

export const modes = (random: Random): void => {
  const { state, memory } = anywhere(random, resetState());
  const [whole, parts] = rigsOf(2);
  if (whole === undefined || parts === undefined) throw new Error('there are no two processors');
  for (const rig of [whole, parts]) rig.set(state, memory);
  const told = difference(whole, whole.run(most), parts, parts.run(most, pick(random, [1, 1, 2, 7])));
  if (told !== undefined) throw new Error(told);
};

if (import.meta.main) runAlone('modes', modes);
