/** When V8 optimizes functions of WebAssembly: each has a budget, as its module is made, and is optimized once that is used up. */
import { setFlagsFromString } from 'node:v8';

/** V8's own: src/flags/flag-definitions.h. */
const usual = 13_000_000;
/** V8 has it in 31 bits. */
const most = 2_000_000_000;

const set = (bytes: number): void => setFlagsFromString(`--wasm-tiering-budget=${bytes}`);

/** What is made meanwhile has this budget. Modules that V8 has code of load as ever behind it: that code is for usual flags alone. */
export const withBudget = <Made>(bytes: number, make: () => Made): Made => {
  set(Math.min(bytes, most));
  try {
    return make();
  } finally {
    set(usual);
  }
};

/**
 * Of translations. V8 takes off as many bytes of code as a jump goes back, and all that lie before where a function is left, so with the usual budget a region of 600 instructions was optimized after a hundred visits: it
 * takes V8 some 30 ms, and gains half a nanosecond an instruction. Four regions in five were optimized, and a third of those had been replaced by larger ones soon after.
 */
export const paced = <Made>(instructions: number, make: () => Made): Made => withBudget(usual * instructions, make);
