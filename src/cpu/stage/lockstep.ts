/** Two processors from the same state, each with a memory of its own: one interprets, one translates. They run the same and are compared; at the first difference both are told of. */
import { Segment, SegmentPart, segmentPlace } from '../../isa/index.ts';
import { type CpuState, type Exit, type Gla, gla } from '../../machine/index.ts';
import { modeOf } from '../code/mode.ts';
import type { Engine, Translating } from '../engine.ts';
import { Ram } from '../memory/ram.ts';
import type { Ports } from '../ports.ts';
import { Processor } from '../processor.ts';
import { compareFields, differsAt, hexOf, plain } from './alike.ts';
import { explain } from './apart.ts';
import { Recorder } from './steps.ts';

const pageBytes = 4096;

export interface Side {
  readonly ram: Ram;
  readonly processor: Processor;
}

/** What both were before they ran otherwise. */
export interface Before {
  readonly state: CpuState;
  readonly memory: Uint8Array;
}

export interface LockstepParts {
  readonly memoryBytes: number;
  readonly interpreting: Engine;
  /** One that translates as soon as shall be tried. */
  readonly translating: Engine;
  /** What each has for its ports. */
  readonly ports?: () => Ports;
}

/** Each block is translated before it runs. */
export const eagerly = { often: 1, fewestVisits: 0, isAtOnce: true } as const;

/** They ran otherwise: how is in its message. */
export class Apart extends Error {}

export class Lockstep {
  readonly interpreting: Side;
  readonly translating: Side;
  readonly steps = new Recorder();
  readonly #kept: Uint8Array;
  #isThrough = true;
  #atATime = 1;

  readonly #parts: LockstepParts;

  constructor(parts: LockstepParts) {
    this.#parts = parts;
    const { memoryBytes, interpreting, translating, ports } = parts;
    const sideOf = (engine: Engine, observer?: Recorder): Side => {
      const ram = new Ram(memoryBytes);
      return { ram, processor: new Processor(ram, engine, ports?.(), { observer }) };
    };
    this.interpreting = sideOf(interpreting, this.steps);
    this.translating = sideOf(translating);
    this.steps.side = this.interpreting;
    this.#kept = new Uint8Array(memoryBytes);
  }

  /** Two others, of which one translates each block before it runs. */
  eager(): Lockstep {
    const { translating, ...others } = this.#parts;
    const translator = (): ReturnType<Translating['translator']> => translating.translating?.translator();
    return new Lockstep({ ...others, translating: { ...translating, translating: { translator, ...eagerly } } });
  }

  get sides(): readonly [Side, Side] {
    return [this.interpreting, this.translating];
  }

  /** Both begin anew. */
  set(state: CpuState, memory: Uint8Array): void {
    for (const { ram, processor } of this.sides) {
      memoryOf(ram).set(memory);
      processor.forget();
      processor.load(state);
    }
  }

  /** Goes back to what was, as devices would write it: what of the code is the same as then stays translated. */
  goBack({ state, memory }: Before): void {
    for (const side of this.sides) {
      restore(side, memory);
      side.processor.load(state);
    }
  }

  /** The one that translates runs so many instructions from a state that it is in, and is in it again: but for what it found out about memory. */
  rehearse({ memory }: Before, budget: number): void {
    const side = this.translating;
    const { state } = side.processor;
    const bytes = new Uint8Array(state.buffer, state.byteOffset, state.byteLength);
    const before = bytes.slice();
    side.processor.run(budget);
    bytes.set(before);
    restore(side, memory);
  }

  /** Something is done to both alike. */
  both(deed: (side: Side) => void): void {
    for (const side of this.sides) deed(side);
  }

  /** Both run at most so many instructions, so many at a time. Throws `Apart` where they are otherwise then. */
  run(budget: number, atATime = budget): Exit {
    this.#atATime = atATime;
    const state = this.interpreting.processor.save();
    this.#kept.set(memoryOf(this.interpreting.ram));
    const exits = this.#run(budget);
    const told = this.#difference(exits);
    if (told !== undefined) throw new Apart(explain(this, { state, memory: this.#kept.slice() }, budget, told));
    return exits[0].exit;
  }

  /** How they are otherwise after so many instructions; undefined where they aren't. */
  differenceAfter(budget: number): string | undefined {
    const exits = this.#run(budget);
    this.#isThrough = exits.every(({ exit }) => exit.why !== 'stop');
    return this.#difference(exits);
  }

  /** Whether no debugger stopped what was compared last. */
  get isThrough(): boolean {
    return this.#isThrough;
  }

  /** Where the one that interprets is. */
  get linear(): Gla {
    const { state, rip } = this.interpreting.processor;
    if (modeOf(state).code === 64) return gla(rip);
    return gla((state.getBigUint64(segmentPlace(Segment.cs) + SegmentPart.base, true) + rip) & 0xffff_ffffn);
  }

  #run(budget: number): readonly [Ran, Ran] {
    return [ran(this.interpreting, budget, this.#atATime), ran(this.translating, budget, this.#atATime)];
  }

  /** What is otherwise, in words; undefined where nothing is. */
  #difference([one, other]: readonly [Ran, Ran]): string | undefined {
    const [interpreted, translated] = this.sides;
    const told: string[] = [];
    const note = (what: string, a: string, b: string): void => {
      if (a !== b) told.push(`${what}: ${a} interpreted, ${b} translated`);
    };
    note('the end', plain(one), plain(other));
    const [left, right] = [interpreted.processor.save(), translated.processor.save()];
    if (plain(left) !== plain(right)) compareFields(note, '', left, right);
    const memories = [memoryOf(interpreted.ram), memoryOf(translated.ram)] as const;
    const at = differsAt(...memories);
    if (at !== undefined) {
      const shown = (bytes: Uint8Array): string => hexOf(bytes.subarray(at, at + 16));
      note(`memory from ${at.toString(16)}`, shown(memories[0]), shown(memories[1]));
    }
    return told.length === 0 ? undefined : told.join('\n');
  }
}

interface Ran {
  readonly exit: Exit;
  readonly instructions: number;
}

const ran = ({ processor }: Side, budget: number, atATime: number): Ran => {
  const before = processor.instructions;
  let exit: Exit = { why: 'budget' };
  for (let left = budget; left > 0 && exit.why === 'budget'; left -= atATime) exit = processor.run(Math.min(left, atATime));
  return { exit, instructions: Number(processor.instructions - before) };
};

export const memoryOf = ({ bytes, begin, sizeBytes }: Ram): Uint8Array => bytes.subarray(begin, begin + sizeBytes);

const restore = (side: Side, memory: Uint8Array): void => {
  const own = memoryOf(side.ram);
  for (let at = 0; at < memory.length; at += pageBytes) {
    const page = memory.subarray(at, at + pageBytes);
    if (differsAt(own.subarray(at, at + pageBytes), page) !== undefined) write(side, at, page);
  }
};

/** Within a page, as a device writes: code that was there is forgotten. */
export const write = ({ ram }: Side, at: number, bytes: Uint8Array): void => {
  const place = ram.begin + at;
  ram.readers.spoil(at, bytes.length);
  ram.bytes.set(bytes, place);
};
