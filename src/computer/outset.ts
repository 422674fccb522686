/**
 * What V8 is told at a computer's outset. It optimizes code that has run for a while in other threads: of the 0.5 s of processor time to SeaBIOS' first words a
 * third, for code that had changed again before it could be used, or that a guest of 64 bits alone needs.
 */
import { setFlagsFromString } from 'node:v8';
import type { Pc } from '../board/index.ts';
import { withBudget } from './budget.ts';

/**
 * Of a budget, V8 takes off as many bytes as a jump goes back, but no more than a quarter of what a budget was when the function was compiled first. The
 * interpreter's core of 32 bits is one loop of 60,000 bytes, so 210 instructions would do to have it optimized, which takes 0.1 s. By one at a time it is 13 million: a
 * twentieth of a second of a kernel's boot, and twice what firmware has.
 */
const smallBudget = 4;
/** Until what runs is likely to go on. */
const outsetMs = 600;

/**
 * No more is optimized than is quickly done; that counts how often it runs nevertheless, lest it is never optimized all the way. No garbage is marked beside the
 * program, for there is hardly any. Of the interpreter's functions, which are as they were made, V8 looks at those that run.
 */
const spare = ['no-turbofan', 'force-emit-interrupt-budget-checks', 'no-incremental-marking', 'wasm-lazy-validation'] as const;

/**
 * A machine that goes on from a snapshot has code that is hot already, and needs V8's best at once. Of marking it would have two rounds until its command's first word, a tenth of its process's
 * time, for what it has just loaded and keeps; and what translates code is loaded for nothing where a command is soon through.
 */
const spareOfMachines = ['no-incremental-marking'] as const;
/** Until the first word of most commands. */
const machinesMs = 400;

/** How many want it so, of each flag. */
const wanted = new Map<string, number>();

let sparing = 0;

/** Whether one is under way. */
export const isOutset = (): boolean => sparing > 0;

/** Has the interpreter's core compiled, for the first processor: other functions keep their budgets. */
export const compileOutset = ({ emulated }: Pick<Pc, 'emulated'>): void => withBudget(smallBudget, () => emulated?.enterEmpty());

/** For a while. V8 takes no code that was compiled ahead meanwhile: what a start needs has been loaded. */
export const spareOutset = (): Disposable => spareFor(outsetMs, spare);

/** Likewise, for a machine that goes on from a snapshot. */
export const spareMachine = (): Disposable => spareFor(machinesMs, spareOfMachines);

const spareFor = (ms: number, flags: readonly string[]): Disposable => {
  for (const flag of flags) {
    setFlagsFromString(`--${flag}`);
    wanted.set(flag, (wanted.get(flag) ?? 0) + 1);
  }
  sparing++;
  let isOver = false;
  const end = (): void => {
    clearTimeout(timer);
    if (isOver) return;
    isOver = true;
    sparing--;
    for (const flag of flags) {
      const left = (wanted.get(flag) ?? 1) - 1;
      wanted.set(flag, left);
      if (left === 0) setFlagsFromString(`--${flag.startsWith('no-') ? flag.slice(3) : `no-${flag}`}`);
    }
  };
  const timer = setTimeout(end, ms).unref();
  return { [Symbol.dispose]: end };
};
