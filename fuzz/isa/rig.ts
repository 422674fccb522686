/** Processors with memory, used again and again: a state and memory go in, what came of them comes out. */
import { engine as readyEngine } from '../../src/computer/engine/index.ts';
import { type Engine, Processor, Ram } from '../../src/cpu/index.ts';
import type { CpuState, Exit } from '../../src/machine/index.ts';

export const memoryBytes = 2 ** 19;
let engine: Engine | undefined;
const rigs: Rig[] = [];

/** So many of them, made when they are first wanted. */
export const rigsOf = (count: number): readonly Rig[] => {
  engine ??= readyEngine();
  while (rigs.length < count) rigs.push(new Rig(engine));
  return rigs.slice(0, count);
};

export interface Ran {
  readonly exit: Exit;
  readonly instructions: number;
}

export class Rig {
  readonly #ram = new Ram(memoryBytes);
  readonly #processor: Processor;

  constructor(one: Engine) {
    this.#processor = new Processor(this.#ram, one);
  }

  set(state: CpuState, memory: Uint8Array): void {
    this.memory.set(memory);
    this.#processor.forget();
    this.#processor.load(state);
  }

  get memory(): Uint8Array {
    return this.#ram.bytes.subarray(this.#ram.begin, this.#ram.begin + memoryBytes);
  }

  get state(): CpuState {
    return this.#processor.save();
  }

  /** At most so many at a time, until it does something else than to use them up. */
  run(most: number, atATime = most): Ran {
    const before = this.#processor.instructions;
    let exit: Exit = { why: 'budget' };
    for (let left = most; left > 0 && exit.why === 'budget'; left -= atATime) exit = this.#processor.run(Math.min(left, atATime));
    return { exit, instructions: Number(this.#processor.instructions - before) };
  }
}

/** Where two ran otherwise, in words; undefined where they didn't. */
export const difference = (one: Rig, first: Ran, other: Rig, second: Ran): string | undefined => {
  const told = [
    [`${plain(first)} ${plain(one.state)}`, `${plain(second)} ${plain(other.state)}`],
    ...(Buffer.compare(one.memory, other.memory) === 0 ? [] : [differs(one.memory, other.memory)]),
  ].find(([a, b]) => a !== b);
  return told?.join('\n');
};

const differs = (one: Uint8Array, other: Uint8Array): readonly [string, string] => {
  const at = one.findIndex((byte, place) => byte !== other[place]);
  const shown = (bytes: Uint8Array): string =>
    `memory from ${at.toString(16)}: ${Buffer.from(bytes.subarray(at, at + 16)).toString('hex')}`;
  return [shown(one), shown(other)];
};

export const plain = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? `0x${one.toString(16)}` : one));
