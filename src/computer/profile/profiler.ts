/** Looks every so many instructions where a computer is, and counts what its processor does. */
import type { Pause, Pc } from '../../board/index.ts';
import type { Counter, Processor } from '../../cpu/index.ts';
import type { Driven } from '../../desk/index.ts';
import type { CpuState } from '../../machine/index.ts';
import { LinearMemory } from '../gdb/linear-memory.ts';
import type { Profile, Stack, Translated } from './profile.ts';
import { Sampler } from './sampler.ts';
import { callersOf, linearRip } from './stack.ts';
import type { Symbols } from './symbols.ts';

/** Instructions between two looks: some milliseconds. A prime, lest it be in step with a loop. */
const between = 250_007;
const pageBits = 12n;

export class Profiler implements Driven, Disposable {
  readonly #inner: Driven;
  readonly #pc: Pc;
  readonly #symbols: Symbols;
  readonly #counter: Counter;
  readonly #memory: LinearMemory;
  /** By their frames, in the folded form. */
  readonly #stacks = new Map<string, Stack>();
  readonly #sampler = new Sampler();
  #left = between;
  #ms = 0;

  /** Runs `inner`, which runs the computer, whose processor has the counter. */
  constructor(inner: Driven, pc: Pc, symbols: Symbols, counter: Counter) {
    this.#inner = inner;
    this.#pc = pc;
    this.#symbols = symbols;
    this.#counter = counter;
    this.#memory = new LinearMemory(pc);
  }

  get clock(): Driven['clock'] {
    return this.#inner.clock;
  }

  run(most: number): Pause {
    const { processor } = this.#pc;
    for (let rest = most; ; ) {
      const before = processor.instructions;
      const begun = performance.now();
      const pause = this.#inner.run(Math.min(rest, this.#left));
      this.#ms += performance.now() - begun;
      const used = Number(processor.instructions - before);
      this.#left -= used;
      if (this.#left <= 0) this.#look();
      this.#sampler.look();
      rest -= used;
      if (pause.why !== 'slice' || rest <= 0 || used === 0) return pause;
    }
  }

  /** Nothing is counted any more. */
  end(): Profile {
    const { instructions } = this.#pc.processor;
    const translated = this.#pc.emulated?.translated;
    return {
      ...{ between, instructions: Number(instructions), seconds: this.#ms / 1000, time: this.#sampler.end() },
      ...this.#counter.counted,
      translated: translated && madeOf(translated),
      stacks: [...this.#stacks.values()],
    };
  }

  [Symbol.dispose](): void {
    this.#sampler[Symbol.dispose]();
  }

  #look(): void {
    this.#left = between;
    const { processor } = this.#pc;
    const state = processor.save();
    // A return address is behind its CALL, which may be the last of its function.
    const inner = [this.#named(linearRip(state)), ...callersOf(state, this.#memory).map((caller) => this.#named(caller - 1n))];
    const frames = [sideOf(state), ...inner.toReversed()];
    const folded = frames.join(';');
    const stack = this.#stacks.get(folded) ?? { frames, looks: 0, translated: 0 };
    this.#stacks.set(folded, stack);
    stack.looks++;
    if (this.#pc.emulated?.translated?.has(processor.rip) === true) stack.translated++;
  }

  /** Without a name, by its page. */
  #named(address: bigint): string {
    return this.#symbols.at(address) ?? `0x${((address >> pageBits) << pageBits).toString(16)}`;
  }
}

const madeOf = ({ visited, has: _, ...made }: NonNullable<Processor['translated']>): Translated => ({ ...made, ...visited() });

/** CR0.PE; EFLAGS.VM. */
const [pe, vm] = [1, 1 << 17];

const sideOf = ({ cr0, flags, cpl }: CpuState): string => {
  if ((cr0 & pe) === 0) return 'real mode';
  if ((flags & vm) !== 0) return 'virtual-8086 mode';
  return cpl === 3 ? 'user' : 'kernel';
};
