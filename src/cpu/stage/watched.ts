/** The same by handlers, where tables and stacks are at hand, and by the processor alone, where each access is watched: what either leaves. */
import { State } from '../../isa/index.ts';
import type { Guest } from './guest.ts';

/** A sequence that is the same each time. */
export const dice = (seed: number): ((sides: number) => number) => {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % sides;
  };
};

export const pick = <One>(roll: (sides: number) => number, ...from: readonly One[]): One => from[roll(from.length)] as One; // It has one at least.

/** A breakpoint of data somewhere where no code is. */
export const watch = ({ processor: { state } }: Guest): void => {
  state.setBigUint64(State.dr0, 0x1f_ff00n, true);
  state.setBigUint64(State.dr7, 0x402n, true);
};

/** The whole state, but for what watches, and memory. */
export const leftOf = ({ processor, ram }: Guest): { readonly left: Readonly<Record<string, unknown>>; readonly memory: Uint8Array } => {
  const { dr7: _, breakpoints: __, ...left } = processor.save();
  return { left, memory: ram.bytes.slice(ram.begin, ram.begin + 0x2_0000) };
};

/** One case, for messages. */
export const shown = (one: unknown): string =>
  JSON.stringify(one, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString(16) : value));
