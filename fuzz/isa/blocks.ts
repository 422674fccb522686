/** Any code, run in blocks and instruction by instruction: the same state, the same memory, the same end. */
import { createHash } from 'node:crypto';
import { engine as readyEngine } from '../../src/computer/engine/index.ts';
import { type Engine, Processor, Ram, setLong } from '../../src/cpu/index.ts';
import { formsOf, isa, State, sample } from '../../src/isa/index.ts';
import type { CpuState } from '../../src/machine/index.ts';
import { mutate, pick, type Random, runAlone } from '../mutation.ts';
import { plain } from './rig.ts';

const memoryBytes = 2 ** 20;
const Place = { tables: 0x1000, code: 0x1_0000, data: 0x2_0000 } as const;
const most = 300;

const forms = isa.flatMap(formsOf);
const words = [[0x0f, 0x0b], [0xf0], [0x66], [0xcc]].map((word) => Uint8Array.from(word));
let pair: readonly [Lab, Lab] | undefined;

/** Two of them, made when they are first wanted. */
export const labs = (): readonly [Lab, Lab] => {
  if (pair === undefined) {
    const engine = readyEngine();
    pair = [new Lab(engine), new Lab(engine)];
  }
  return pair;
};

/** A processor and its memory, used again and again. */
class Lab {
  readonly ram = new Ram(memoryBytes);
  readonly processor: Processor;
  readonly #fresh: CpuState;

  constructor(one: Engine) {
    this.processor = new Processor(this.ram, one);
    this.#fresh = this.processor.save();
  }

  /** Long mode, with memory mapped onto itself twice: at 0, and at 16 MiB. Code is writable. */
  set(code: Uint8Array, registers: readonly bigint[]): void {
    const { ram, processor } = this;
    const { state } = processor;
    processor.load(this.#fresh);
    ram.bytes.fill(0, ram.begin, ram.begin + memoryBytes);
    const [top, second, third, first] = [Place.tables, Place.tables + 0x1000, Place.tables + 0x2000, Place.tables + 0x3000];
    ram.write64(top, BigInt(second | 7));
    ram.write64(second, BigInt(third | 7));
    for (const slot of [0, 8]) ram.write64(third + 8 * slot, BigInt(first | 7));
    for (let page = 0; page < memoryBytes / 4096; page++) ram.write64(first + 8 * page, BigInt((page * 4096) | 7));
    ram.write(Place.code, code);
    setLong(state, BigInt(top));
    state.setUint32(State.cpl, 3, true);
    for (const [number, word] of registers.entries()) state.setBigUint64(State.gpr + 8 * number, word, true);
    for (const place of [State.flags, State.carry, State.aux, State.fault, State.error])
      state.setUint32(place, place === State.flags ? 2 : 0, true);
    for (const place of [State.result, State.cr2]) state.setBigUint64(place, 1n, true);
    state.setBigUint64(State.rip, BigInt(Place.code), true);
    processor.forget();
  }

  /** All of it, in words that can be compared. */
  get seen(): string {
    const { ram, processor } = this;
    const { state } = processor;
    const registers = Array.from({ length: 16 }, (_, number) => state.getBigUint64(State.gpr + 8 * number, true).toString(16));
    let sum = 0;
    for (let at = ram.begin; at < ram.begin + memoryBytes; at += 4) sum = (Math.imul(sum, 31) + ram.view.getInt32(at, true)) | 0;
    const rest = createHash('sha256').update(plain(processor.save())).digest('hex').slice(0, 16);
    return `rip ${processor.rip.toString(16)} flags ${processor.rflags.toString(16)} memory ${sum} cr2 ${state.getBigUint64(State.cr2, true)} ${registers.join(' ')} all ${rest}`;
  }
}

export const blocks = (random: Random): void => {
  const code = mutate(random, Uint8Array.from(program(random)), words);
  const registers = Array.from({ length: 16 }, () => (random(3) === 0 ? word(random) : BigInt(Place.data + random(0x2000))));
  if (random(3) === 0) registers[random(16)] = BigInt(Place.code + random(64));
  const [whole, single] = labs();
  for (const lab of labs()) lab.set(code, registers);
  const before = labs().map(({ processor }) => processor.instructions);
  const end = whole.processor.run(most);
  let last: ReturnType<Processor['run']> = { why: 'budget' };
  for (let count = 0; count < most && last.why === 'budget'; count++) last = single.processor.run(1);
  const ran = labs().map(({ processor }, at) => processor.instructions - (before[at] ?? 0n));
  const told = [`${end.why} ${plain(end)} after ${ran[0]}: ${whole.seen}`, `${last.why} ${plain(last)} after ${ran[1]}: ${single.seen}`];
  if (told[0] !== told[1]) throw new Error(`${Buffer.from(code).toString('hex')}\n${told.join('\n')}`);
};

const word = (random: Random): bigint => (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32));

const program = (random: Random): readonly number[] =>
  Array.from({ length: 1 + random(40) }, () => sample(pick(random, forms), { mode: 64, isMemory: random(2) === 0 }, random) ?? []).flat();

if (import.meta.main) runAlone('blocks', blocks);
