/** Looks every so many instructions where a computer is, and tells where it is most. */
import type { Pause, Pc } from '../../../board/index.ts';
import type { Driven } from '../../../desk/index.ts';
import type { CpuState } from '../../../machine/index.ts';
import { LinearMemory } from '../gdb/linear-memory.ts';
import { callersOf, linearRip } from './stack.ts';
import type { Symbols } from './symbols.ts';

/** Instructions between two looks: some milliseconds. A prime, lest it be in step with a loop. */
const between = 250_007;
const mostShown = 20;
const pageBits = 12n;

export class Profiler implements Driven {
  readonly #inner: Driven;
  readonly #pc: Pc;
  readonly #symbols: Symbols;
  readonly #memory: LinearMemory;
  /** How often each stack was met, in the folded form: the outermost first. */
  readonly #stacks = new Map<string, number>();
  #left = between;

  /** Runs `inner`, which runs the computer. */
  constructor(inner: Driven, pc: Pc, symbols: Symbols) {
    this.#inner = inner;
    this.#pc = pc;
    this.#symbols = symbols;
    this.#memory = new LinearMemory(pc);
  }

  get clock(): Driven['clock'] {
    return this.#inner.clock;
  }

  run(most: number): Pause {
    const { processor } = this.#pc;
    for (let rest = most; ; ) {
      const before = processor.instructions;
      const pause = this.#inner.run(Math.min(rest, this.#left));
      const used = Number(processor.instructions - before);
      this.#left -= used;
      if (this.#left <= 0) this.#look();
      rest -= used;
      if (pause.why !== 'slice' || rest <= 0 || used === 0) return pause;
    }
  }

  /** `outermost;…;innermost count` on each line, as flame graphs are drawn from. */
  get folded(): string {
    return [...this.#stacks].map(([stack, count]) => `${stack} ${count}\n`).join('');
  }

  /** Where it was most, by what it was in itself. */
  get table(): string {
    const own = new Map<string, number>();
    for (const [stack, count] of this.#stacks) {
      const frames = stack.split(';');
      const name = `${frames.at(-1)} (${frames[0]})`;
      own.set(name, (own.get(name) ?? 0) + count);
    }
    const all = this.#stacks.values().reduce((sum, count) => sum + count, 0);
    const shown = [...own].toSorted((a, b) => b[1] - a[1]).slice(0, mostShown);
    const lines = shown.map(([name, count]) => `${((100 * count) / all).toFixed(1).padStart(6)} %  ${name}`);
    return [`where the computer was, of ${all} looks, one each ${between} instructions:`, ...lines].join('\n');
  }

  #look(): void {
    this.#left = between;
    const state = this.#pc.processor.save();
    // A return address is behind its CALL, which may be the last of its function.
    const frames = [this.#named(linearRip(state)), ...callersOf(state, this.#memory).map((caller) => this.#named(caller - 1n))];
    const stack = [sideOf(state), ...frames.toReversed()].join(';');
    this.#stacks.set(stack, (this.#stacks.get(stack) ?? 0) + 1);
  }

  /** Without a name, by its page. */
  #named(address: bigint): string {
    return this.#symbols.at(address) ?? `0x${((address >> pageBits) << pageBits).toString(16)}`;
  }
}

/** CR0.PE; EFLAGS.VM. */
const [pe, vm] = [1, 1 << 17];

const sideOf = ({ cr0, flags, cpl }: CpuState): string => {
  if ((cr0 & pe) === 0) return 'real mode';
  if ((flags & vm) !== 0) return 'virtual-8086 mode';
  return cpl === 3 ? 'user' : 'kernel';
};
