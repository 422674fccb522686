/**
 * Programs by chance that run for long: loops, branches, calls and jumps through registers around instructions by chance, most of which find memory where
 * they look for it. What faults goes on with the next part of the program.
 */
import { gateOf, segmentOf } from '../../src/cpu/stage/guest.ts';
import { isVsib } from '../../src/isa/derive/decode/decode.ts';
import { decode, Eflags, type Form, families, formsOf, type Instruction, isa, sample, tableOf } from '../../src/isa/index.ts';
import type { CpuState } from '../../src/machine/index.ts';
import { pick, type Random } from '../mutation.ts';
import { type Mode as AnyMode, type Anywhere, fillTables, Place, stateBy } from './anywhere.ts';
import { type Bits, type Label, LabelledCode, littleEndian } from './labelled.ts';
import { pagesBy } from './pages.ts';
import { memoryBytes } from './rig.ts';

type Mode = Exclude<AnyMode, 'virtual'>;
const modes: readonly Mode[] = ['long', 'long', 'long', 'flat', 'flat', 'compatible', 'short', 'real'];
const bits = { long: 64, flat: 32, compatible: 32, short: 16, real: 16 } as const satisfies Record<Mode, Bits>;

/** What the programs keep for themselves: where the next part is, counters of loops, and stacks; and where code of 16 bits has its data. */
const Own = { next: 0xf800, counters: 0xf900, innerStack: 0x1_a000, lowStack: 0x8000, lowData: 0x6000 } as const;
const selectors = { handlers: 0x28, code: 0x30 } as const;
/** Of memory that pages by chance leave where it is: tables, handlers, code and stacks. */
const isKept = (page: number): boolean => page < 0x1c;

const table = tableOf(isa);
const { arithmetic, move, shift, bit, bmi, multiply, flag, exchange, stack, string, decimal, hint, branch: _branch, ...numbers } = families;
const kindOf = (name: string): 'usual' | 'stack' | 'seldom' =>
  /^(x87|mmx)/.test(name) ? 'stack' : /^vex(Gather|Fused|Half)/.test(name) ? 'seldom' : 'usual';
const numbersThat = (are: 'usual' | 'stack' | 'seldom'): (typeof arithmetic)[] =>
  Object.entries(numbers).flatMap(([name, ops]) => (kindOf(name) === are ? [ops] : []));
const formsIn = (...all: readonly (typeof arithmetic)[]): readonly Form[] =>
  all
    .flat()
    .flatMap(formsOf)
    .filter((form) => !/^(popf|cli|sti|enter|leave|pop|push)/.test(String(form.op.name)));
const kinds: readonly (readonly [times: number, forms: readonly Form[]])[] = [
  [50, formsIn(arithmetic, move)],
  [25, formsIn(shift, bit, bmi, multiply, flag, exchange)],
  [25, formsIn(...numbersThat('usual'))],
  // Of x87 and MMX.
  [10, formsIn(...numbersThat('stack'))],
  [2, formsIn(string, decimal, hint)],
  // A translation leaves the rest of a block to the interpreter with one of these.
  [1, formsIn(...numbersThat('seldom'))],
];
/** What conditions are usually asked of, and what asks them. */
const named = (pattern: RegExp): readonly Form[] =>
  Object.values(families)
    .flat()
    .flatMap(formsOf)
    .filter((form) => pattern.test(nameOf(form)));
const nameOf = (form: Form): string => {
  const { name } = form.op;
  return typeof name === 'string' ? name : name(form, 32, 0, 32);
};
const compares = named(/^(cmp|test|sub|add|adc|sbb|and|xor|neg|dec|inc|shl|bt|u?comis[sd])$/);
const conditionals = named(/^(set|cmov|adc|sbb|rc[lr]|lahf|pushf)/);
const chances = kinds.flatMap(([times, forms]) => new Array<readonly Form[]>(times).fill(forms));
const pushes = stack.flatMap(formsOf).filter((form) => /^(push|pop)/.test(String(form.op.name)));

export const structured = (random: Random, reset: CpuState): Anywhere => {
  const mode = pick(random, modes);
  const isLong = mode === 'compatible' || mode === 'long';
  const paging = isLong ? 'long' : mode === 'real' ? 'none' : pick(random, ['none', 'none', 'legacy', 'pse', 'pae'] as const);
  const memory = new Uint8Array(memoryBytes);
  const view = new DataView(memory.buffer);
  pagesBy(random, view, Place.tables, paging, isKept);
  fillTables(random, view, mode);
  fillHandlers(view, mode);
  for (let at = Place.data; at < memoryBytes; at += 4) view.setUint32(at, random(2 ** 32), true);
  for (let at = Own.lowData; at < Own.lowStack; at += 4) view.setUint32(at, random(2 ** 32), true);
  const offset = pick(random, [0, random(4096), 4096 - random(200)]);
  const start = offset + (bits[mode] === 16 ? 0 : Place.code);
  const program = new Program(random, bits[mode], start).write().at(start);
  memory.set(program.subarray(0, 0x6000), Place.code + offset);
  return { memory, state: stateFor(random, reset, mode, paging, start) };
};

const stateFor = (random: Random, reset: CpuState, mode: Mode, paging: Parameters<typeof stateBy>[3], start: number): CpuState => {
  const state = stateBy(random, reset, mode, paging);
  const isOdd = random(8) === 0;
  const general = [...state.general];
  general[4] = BigInt(bits[mode] === 16 ? Own.lowStack : Place.stack);
  if (mode === 'short')
    return {
      ...{ ...state, general, rip: BigInt(start), cpl: 0, cr0: (0x31 | (paging === 'none' ? 0 : 0x8000_0000)) >>> 0 },
      cs: { selector: selectors.code, base: BigInt(Place.code), limit: 0xffff, rights: 0x9b },
      ss: { ...state.ss, selector: 0x10, rights: 0x93 },
      idtr: { base: BigInt(Place.idt), limit: 0x1ff },
    };
  return {
    ...{ ...state, general, rip: BigInt(start) },
    // Coprocessor, vectors and traps as they usually are.
    ...(!isOdd && {
      cr0: ((state.cr0 & ~0xc) | 0x20) >>> 0,
      cr4: (state.cr4 | 0x4_0600) & ~0x30_0000,
      xcr0: 7n,
      flags: state.flags & ~(Eflags.tf | Eflags.ac),
    }),
    ...(mode !== 'real' && { idtr: { base: BigInt(Place.idt), limit: mode === 'flat' ? 0x1ff : 0x3ff } }),
  };
};

/** What a fault leads to: the next part of the program. Error codes are where the processor puts them. */
const fillHandlers = (view: DataView, mode: Mode): void => {
  const size = mode === 'real' ? 16 : mode === 'flat' || mode === 'short' ? 32 : 64;
  const next = littleEndian(Own.next, size === 16 ? 2 : 4);
  for (let vector = 0; vector < 64; vector++) {
    const at = Place.handlers + 16 * vector;
    const hasCode = size !== 16 && [8, 10, 11, 12, 13, 14, 17].includes(vector);
    const code =
      size === 16
        ? [0x55, 0x8b, 0xec, 0x50, 0xa1, ...next, 0x89, 0x46, 0x02, 0x58, 0x5d, 0xcf]
        : size === 32
          ? [...(hasCode ? [0x83, 0xc4, 0x04] : []), 0xff, 0x35, ...next, 0x8f, 0x04, 0x24, 0xcf]
          : [...(hasCode ? [0x48, 0x83, 0xc4, 0x08] : []), 0xff, 0x34, 0x25, ...next, 0x8f, 0x04, 0x24, 0x48, 0xcf];
    for (const [index, byte] of code.entries()) view.setUint8(at + index, byte);
    const gate = gateOf(mode === 'short' || mode === 'compatible' ? selectors.handlers : 8, at, 0xee);
    if (mode !== 'real') view.setBigUint64(Place.idt + (size === 64 ? 16 : 8) * vector, gate, true);
    if (mode !== 'real' && size === 64) view.setBigUint64(Place.idt + 16 * vector + 8, 0n, true);
  }
  const describe = (selector: number, descriptor: bigint): void => view.setBigUint64(Place.gdt + selector, descriptor, true);
  if (mode === 'short') describe(selectors.code, segmentOf(Place.code, 0xffff, 0x9b));
  if (mode !== 'real') describe(selectors.handlers, segmentOf(0, 0xf_ffff, mode === 'compatible' ? 0xa09b : 0xc09b));
  const isLong = size === 64;
  view.setUint32(Place.task + 4, Own.innerStack, true);
  view.setUint32(Place.task + 8, isLong ? 0 : 0x10, true);
};

/** With it exceptions of x87 are masked, and its registers empty. */
const fninit = [0xdb, 0xe3];
const edges = [0n, 1n, -1n, 0x7fn, 0x80n, 0x7fffn, 0x8000n, 0x7fff_ffffn, 0x8000_0000n, 1n << 63n, (1n << 63n) - 1n];

class Program {
  readonly #random: Random;
  readonly #code: LabelledCode;
  readonly #functions: readonly Label[];
  /** Where it begins, in its code segment. */
  readonly #start: number;
  #counters = 0;

  constructor(random: Random, size: Bits, start: number) {
    this.#random = random;
    this.#start = start;
    this.#code = new LabelledCode(size);
    this.#functions = Array.from({ length: 1 + random(3) }, () => Symbol('function'));
  }

  write(): LabelledCode {
    const [random, code] = [this.#random, this.#code];
    const parts = Array.from({ length: 2 + random(5) }, () => Symbol('part'));
    for (const [index, part] of parts.entries()) {
      code.label(part);
      const next = parts[(index + 1) % parts.length] ?? part;
      code.load(4, BigInt(code.bits === 16 ? Own.lowStack : Place.stack));
      code.storePlace(Own.next, next);
      if (random(2) === 0) code.put(...fninit);
      this.#body(2);
      if (random(3) === 0) this.#jumpAnywhere(next);
      else code.jump(next);
    }
    for (const one of this.#functions) {
      code.label(one);
      this.#straight(1 + random(5));
      if (random(3) === 0) this.#choice(0);
      code.put(0xc3);
    }
    return code;
  }

  #body(depth: number): void {
    for (let pieces = 1 + this.#random(4); pieces > 0; pieces--) {
      this.#straight(1 + this.#random(8));
      const kind = this.#random(depth > 0 ? 6 : 3);
      if (kind === 0) this.#code.call(pick(this.#random, this.#functions));
      else if (kind === 1) this.#choice(depth);
      else if (kind === 2) this.#pushed();
      else if (kind < 5) this.#loop(depth);
    }
  }

  #loop(depth: number): void {
    const [random, code] = [this.#random, this.#code];
    const [top, out] = [Symbol('top'), Symbol('out')];
    const counter = Own.counters + 8 * this.#counters++;
    code.store(counter, 2 + random(random(3) === 0 ? 40 : 8));
    code.label(top);
    this.#straight(1 + random(6));
    if (random(2) === 0) this.#body(depth - 1);
    if (random(4) === 0) this.#jumpIf(out);
    code.count(counter);
    code.jumpIf(5, top);
    code.label(out);
  }

  /** One way or the other. */
  #choice(depth: number): void {
    const [random, code] = [this.#random, this.#code];
    const [other, behind] = [Symbol('other'), Symbol('behind')];
    this.#jumpIf(other);
    this.#straight(random(4));
    if (depth > 1 && random(3) === 0) this.#loop(depth - 1);
    if (random(2) === 0) {
      code.jump(behind);
      code.label(other);
      this.#straight(1 + random(4));
      code.label(behind);
    } else code.label(other);
  }

  /** Mostly of what was compared right before. */
  #jumpIf(label: Label): void {
    if (this.#random(4) > 0) this.#one(compares);
    this.#code.jumpIf(this.#random(16), label);
  }

  #jumpAnywhere(label: Label): void {
    const register = pick(this.#random, [0, 1, 2, 3, 5, 6, 7, ...(this.#code.bits === 64 ? [8, 11, 15] : [])]);
    this.#code.place(register, label);
    this.#code.jumpTo(register);
  }

  #pushed(): void {
    for (let count = 1 + this.#random(4); count > 0; count--) this.#one(pushes);
  }

  #straight(count: number): void {
    for (let left = count; left > 0; left--) {
      if (this.#random(8) === 0)
        this.#code.load(pick(this.#random, [0, 1, 2, 3, 5, 6, 7]), pick(this.#random, edges) & ((1n << BigInt(this.#code.bits)) - 1n));
      if (this.#random(8) === 0) {
        this.#one(compares);
        this.#one(conditionals);
      }
      this.#one(pick(this.#random, chances));
    }
  }

  #one(forms: readonly Form[]): void {
    const [random, code] = [this.#random, this.#code];
    const mode = code.bits;
    const form = pick(random, forms);
    if (form.vex !== undefined && mode === 16 && random(16) > 0) return;
    const bytes = sample(form, { mode, isMemory: random(3) === 0 }, random);
    if (bytes === undefined) return;
    const padded = Uint8Array.from([...bytes, ...new Array<number>(16).fill(0x90)]);
    const decoded = decode(table, padded, 0, mode);
    if (decoded.form === undefined || changesStack(decoded) || (isDivision(decoded) && random(6) > 0)) return;
    const made = padded.slice(0, bytes.length);
    if (random(8) > 0) this.#direct(decoded, made);
    code.put(...made);
  }

  /** Has what it touches be where something is. */
  #direct(decoded: Instruction, made: Uint8Array): void {
    const [random, code] = [this.#random, this.#code];
    const { memory, form, address } = decoded;
    const at = this.#somewhere(address);
    if (form.operands.some((operand) => /^[XY]/.test(operand))) {
      code.load(6, BigInt(this.#somewhere(address)));
      code.load(7, BigInt(at));
      code.load(1, BigInt(random(20)));
    }
    if (memory === undefined) return;
    const { base, index, displacement, isRipRelative } = memory;
    const wide = (value: bigint): bigint => BigInt.asUintN(code.bits, value);
    const size = address === 64 ? 64 : Math.max(address, code.bits === 16 ? 16 : 32);
    if (index !== undefined && index !== base && index !== 4 && !isVsib(form)) code.load(index, BigInt(random(8)), size as Bits);
    if (base !== undefined && base !== 4 && base !== index && !isRipRelative)
      code.load(base, wide(BigInt(at) - displacement), size as Bits);
    if (base === undefined && index === undefined) this.#redirect(decoded, made, at);
  }

  /** The same where the code has the address. */
  #redirect({ memory, lengthBytes }: Instruction, made: Uint8Array, at: number): void {
    const bytes = memory?.displacementBytes ?? 0;
    if (memory === undefined || bytes < 2) return;
    const old = littleEndian(memory.displacement, bytes);
    const place = made.findLastIndex((_, from) => old.every((byte, offset) => made[from + offset] === byte));
    const behind = this.#start + this.#code.length + lengthBytes;
    if (place >= 0) made.set(littleEndian(memory.isRipRelative === true ? at - behind : at, bytes), place);
  }

  /** Mostly data, at times about the end of a page, and seldom code. */
  #somewhere(address: number): number {
    const random = this.#random;
    if (address === 16 || this.#code.bits === 16) return Own.lowData + random(0x1800);
    if (random(60) === 0) return Place.code + random(0x800);
    if (random(16) === 0) return Place.data + 0x1000 * (1 + random(3)) - random(40);
    return Place.data + (random(2) === 0 ? 16 * random(0x200) : random(0x2000));
  }
}

/** Where it names the stack's register as a whole, or its number in another way. */
const changesStack = ({ reg, rm, memory, form }: Instruction): boolean =>
  (reg === 4 || (memory === undefined && rm === 4)) && form.operands.some((operand) => /^[GER]/.test(operand) || operand.startsWith('Z'));

const isDivision = ({ form }: Instruction): boolean => /^i?div/.test(String((form as Form).op?.name));
