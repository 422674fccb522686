/** Short code that loads segments, touches their edges, goes to others, and asks about them. */
import type { Dice } from '../../../src/isa/derive/assemble/sample.ts';
import { arithmeticFlags, Eflags } from '../../../src/isa/runtime/state.ts';
import { endingBy } from './ends.ts';
import { codeAt, dataAt, type Entry, entryCount, limitOf, pageBytes } from './table.ts';

export interface Case {
  readonly what: string;
  readonly code: Uint8Array;
  /** Its place in the page of code. */
  readonly at: number;
  /** eax to edi. */
  readonly registers: readonly number[];
  readonly flags: number;
  /** Where it begins. */
  readonly selector: number;
  readonly offset: number;
  readonly seed: number;
}

export const codeBytes = 64;
/** Of 32-bit code and of data that every program has: linux arch/x86/include/asm/segment.h. */
export const flatCode = 0x23;
export const flatData = 0x2b;
/** What programs may find beside these: code of 64 bits. */
export const longCode = 0x33;

export const selectorOf = (entry: number, rpl = 3): number => (entry << 3) | 4 | rpl;

export const caseBy = (table: readonly Entry[], roll: Dice): Case => {
  for (;;) {
    const one = anyCase(table, roll);
    if (!mayCallSystem(one)) return one;
  }
};

/** Whether SYSCALL stands anywhere in the code, which AMD's processors have outside 64-bit mode, too: a return may lead into the middle of it. */
const mayCallSystem = ({ code }: Case): boolean => code.some((byte, at) => byte === 0x0f && code[at + 1] === 0x05);

const anyCase = (table: readonly Entry[], roll: Dice): Case => {
  const start = startBy(table, roll);
  const author = new Author(table, roll, start.isBig);
  if (roll(8) === 0) return endBy(start, author);
  const [what, bytes] = [access, access, access, stack, stack, transfer, transfer, inquiry, pointer][roll(9)]?.(author) ?? ['', []];
  return caseOf(start, author, what, bytes);
};

/** Code from this place of its page on. */
const caseOf = (start: Start, { registers, roll, isBig }: Author, what: string, bytes: readonly number[], at = 0): Case => ({
  what: `${isBig ? 32 : 16} ${what}`,
  code: Uint8Array.from([...bytes.slice(0, codeBytes), ...new Array(Math.max(0, codeBytes - bytes.length)).fill(0xcc)]),
  ...{ at, registers },
  flags: Eflags.one | Eflags.if | (roll(2 ** 12) & arithmeticFlags) | (roll(8) === 0 ? Eflags.ac : 0),
  selector: start.selector,
  offset: start.offset + at,
  seed: roll(2 ** 31),
});

/** Where the segment ends, or the page. */
const endBy = (start: Start, author: Author): Case => {
  const { code, before } = endingBy(author.isBig ? 32 : 16, author.roll);
  const left = Math.min(pageBytes, start.limit - start.offset + 1);
  return caseOf(start, author, 'end', code, Math.max(0, left - before));
};

interface Start {
  readonly selector: number;
  readonly offset: number;
  readonly limit: number;
  readonly isBig: boolean;
}

/** Flat code, or a segment that has its first byte at least. */
const startBy = (table: readonly Entry[], roll: Dice): Start => {
  const number = roll(entryCount);
  const entry = table[number];
  const flat = { selector: flatCode, offset: codeAt, limit: 0xffff_ffff, isBig: true };
  if (entry?.kind !== 'code' || !entry.isPresent || roll(3) === 0) return flat;
  const offset = codeAt - entry.base;
  const limit = limitOf(entry);
  return offset > limit ? flat : { selector: selectorOf(number), offset, limit, isBig: entry.isBig };
};

const numbers = { es: 0, cs: 1, ss: 2, ds: 3, gs: 5 } as const;
type Name = keyof typeof numbers;
const overrides: Readonly<Record<Name, number>> = { es: 0x26, cs: 0x2e, ss: 0x36, ds: 0x3e, gs: 0x65 };
const [ax, cx, bx, sp, bp, si, di] = [0, 1, 3, 4, 5, 6, 7] as const;

type Piece = readonly [what: string, bytes: readonly number[]];

/** Writes code for one mode, with the registers it wants. */
class Author {
  readonly registers: number[];
  readonly table: readonly Entry[];
  readonly roll: Dice;
  readonly isBig: boolean;

  constructor(table: readonly Entry[], roll: Dice, isBig: boolean) {
    [this.table, this.roll, this.isBig] = [table, roll, isBig];
    this.registers = Array.from({ length: 8 }, () => roll(2 ** 32));
    this.registers[sp] = dataAt + 2048;
  }

  /** Of the table more often than not, and mostly with the privilege of a user. */
  selector(kinds?: readonly Entry['kind'][]): number {
    const { roll, table } = this;
    const kind = roll(20);
    if (kind === 0) return roll(4);
    if (kind === 1) return selectorOf(entryCount + roll(8));
    for (let tries = 0; ; tries++) {
      const number = roll(entryCount);
      if (kinds === undefined || tries > 40 || kinds.includes(table[number]?.kind ?? 'data'))
        return selectorOf(number, roll(6) === 0 ? roll(4) : 3);
    }
  }

  /** An offset about an edge of a segment, or of all there are. */
  edge(selector: number): number {
    const { roll } = this;
    const entry = this.table[selector >> 3];
    const edges = [0, entry === undefined ? 0 : limitOf(entry), 0xffff, 0xffff_ffff];
    const at = edges[[1, 1, 1, 1, 0, 2, 3][roll(7)] ?? 0] ?? 0;
    return (at + roll(40) - 20) >>> 0;
  }

  /** 66 or 67 where sizes are not the mode's own. */
  sized(size: 16 | 32, address: 16 | 32): readonly number[] {
    const own = this.isBig ? 32 : 16;
    return [...(size === own ? [] : [0x66]), ...(address === own ? [] : [0x67])];
  }

  anySize(): 16 | 32 {
    return (this.roll(3) === 0) === this.isBig ? 16 : 32;
  }

  value(size: 16 | 32, value: number): readonly number[] {
    return size === 16 ? [value & 255, (value >> 8) & 255] : [0, 8, 16, 24].map((by) => (value >>> by) & 255);
  }
}

/** mov sreg, cx */
const loading = (name: Name): readonly number[] => [0x8e, 0xc0 | (numbers[name] << 3) | cx];

const touches: readonly (readonly [what: string, opcode: readonly number[], reg: number])[] = [
  ['mov al, m', [0x8a], ax],
  ['mov eax, m', [0x8b], ax],
  ['mov m, al', [0x88], ax],
  ['mov m, eax', [0x89], ax],
  ['add m, eax', [0x01], ax],
  ['cmp eax, m', [0x3b], ax],
  ['xchg m, eax', [0x87], ax],
  ['movups xmm0, m', [0x0f, 0x10], 0],
  ['mov m, ss', [0x8c], numbers.ss],
  ['cmpxchg8b m', [0x0f, 0xc7], 1],
  ['bts m, ecx', [0x0f, 0xab], cx],
  ['push m', [0xff], 6],
  ['jmp m', [0xff], 4],
];

/** Loads a segment, and touches memory in it. */
const access = (author: Author): Piece => {
  const { roll, registers } = author;
  const name = (['ds', 'ds', 'es', 'gs', 'ss'] as const)[roll(5)] ?? 'ds';
  const used: Name = roll(12) === 0 ? 'cs' : name;
  const selector = author.selector(roll(8) === 0 ? undefined : ['data', 'down', 'code']);
  registers[cx] = selector | (roll(2 ** 16) << 16);
  const address = author.anySize();
  const isString = roll(6) === 0;
  const offset = author.edge(selector);
  const override = used === 'ds' && !isString ? [] : [overrides[used]];
  if (isString) return [`${used} lodsb, stosd`, [...loading(name), ...stringOf(author, name, override, address, offset)]];
  const [what, opcode, reg] = touches[roll(touches.length)] ?? ['', [], 0];
  // [ebx + 0], [bx + 0] with a displacement of a byte.
  registers[bx] = offset;
  const size = author.anySize();
  const modrm = 0x40 | (reg << 3) | (address === 32 ? bx : 7);
  return [`${used} ${what}, ${address}`, [...loading(name), ...author.sized(size, address), ...override, ...opcode, modrm, 0]];
};

/** LODS from the segment, or STOS to ES; a few of them at times. */
const stringOf = (author: Author, name: Name, override: readonly number[], address: 16 | 32, offset: number): readonly number[] => {
  const { roll, registers } = author;
  const repeat = roll(2) === 0 ? [0xf3] : [];
  registers[si] = offset;
  registers[di] = offset;
  // mov cl, 5; movzx ecx, cl: the selector was there.
  const count = [0xb1, 5, ...author.sized(32, author.isBig ? 32 : 16), 0x0f, 0xb6, 0xc9];
  const code = name === 'es' && roll(2) === 0 ? [0xaa + roll(2)] : [0xac + roll(2)];
  return [...count, ...author.sized(author.anySize(), address), ...override, ...repeat, ...code];
};

/** Of the stack: what pushes, pops, and makes frames. */
const stackCodes: readonly (readonly [what: string, code: readonly number[]])[] = [
  ['push eax', [0x50]],
  ['pop eax', [0x58]],
  ['pusha', [0x60]],
  ['popa', [0x61]],
  ['pushf', [0x9c]],
  ['call', [0xe8, 0, 0, 0, 0]],
  ['ret', [0xc3]],
  ['enter', [0xc8, 8, 0, 0]],
  ['enter 3', [0xc8, 8, 0, 3]],
  ['leave', [0xc9]],
  ['push es', [0x06]],
  ['pop es', [0x07]],
  ['mov eax, [ebp]', [0x8b, 0x45, 0]],
];

const stack = (author: Author): Piece => {
  const { roll, registers } = author;
  const selector = author.selector(['data', 'down']);
  registers[cx] = selector;
  registers[sp] = author.edge(selector);
  registers[bp] = author.edge(selector);
  const [what, code] = stackCodes[roll(stackCodes.length)] ?? ['', []];
  // mov edx, ecx between: the shadow of SS ends.
  return [`ss ${what}`, [...loading('ss'), 0x89, 0xca, ...author.sized(author.anySize(), author.isBig ? 32 : 16), ...code]];
};

/** To code of the table, at the breakpoints behind this code or where none is. */
const transfer = (author: Author): Piece => {
  const { roll } = author;
  const size = author.anySize();
  const own = author.isBig ? 32 : 16;
  const selector = roll(6) === 0 ? flatCode : author.selector(roll(4) === 0 ? undefined : ['code', 'code', 'conforming']);
  const entry = author.table[selector >> 3];
  const base = selector === flatCode ? 0 : (entry?.base ?? codeAt);
  const offset = roll(3) === 0 ? author.edge(selector) : codeAt - base + codeBytes + roll(16);
  const prefixes = author.sized(size, own);
  const push = (value: number): readonly number[] => [...prefixes, 0x68, ...author.value(size, value)];
  const far = [...author.value(size, offset), ...author.value(16, selector)];
  const kinds: readonly Piece[] = [
    ['jmp far', [...prefixes, 0xea, ...far]],
    ['call far', [...prefixes, 0x9a, ...far]],
    ['retf', [...push(selector), ...push(offset), ...prefixes, 0xcb]],
    ['retf 8', [...push(selector), ...push(offset), ...prefixes, 0xca, 8, 0]],
    ['iret', [...push(Eflags.one | Eflags.if | Eflags.cf), ...push(selector), ...push(offset), ...prefixes, 0xcf]],
  ];
  return kinds[roll(kinds.length)] ?? ['', []];
};

/** LAR, LSL, VERR, VERW, ARPL. */
const inquiry = (author: Author): Piece => {
  const { roll, registers } = author;
  registers[cx] = author.selector();
  registers[bx] = roll(4);
  const prefixes = author.sized(author.anySize(), author.isBig ? 32 : 16);
  const kinds: readonly Piece[] = [
    ['lar', [...prefixes, 0x0f, 0x02, 0xc1]],
    ['lsl', [...prefixes, 0x0f, 0x03, 0xc1]],
    ['verr', [0x0f, 0x00, 0xe1]],
    ['verw', [0x0f, 0x00, 0xe9]],
    ['arpl', [0x63, 0xd9]],
  ];
  return kinds[roll(kinds.length)] ?? ['', []];
};

/** LES, LDS, LSS, LGS of a pointer that was pushed; POP of a segment. */
const pointer = (author: Author): Piece => {
  const { roll } = author;
  const size = author.anySize();
  const own = author.isBig ? 32 : 16;
  const prefixes = author.sized(size, own);
  const selector = author.selector();
  const push = (value: number): readonly number[] => [...prefixes, 0x68, ...author.value(size, value)];
  const kinds: readonly Piece[] = [
    ['les', [0xc4]],
    ['lds', [0xc5]],
    ['lss', [0x0f, 0xb2]],
    ['lgs', [0x0f, 0xb5]],
  ];
  if (roll(3) === 0) {
    const pops: readonly Piece[] = [
      ['pop es', [0x07]],
      ['pop ss', [0x17]],
      ['pop ds', [0x1f]],
      ['pop gs', [0x0f, 0xa9]],
    ];
    const [what, code] = pops[roll(pops.length)] ?? ['', []];
    return [what, [...push(selector), ...prefixes, ...code]];
  }
  const [what, code] = kinds[roll(kinds.length)] ?? ['', []];
  // ss:[esp], whatever the mode.
  return [what, [...push(selector), ...push(roll(2 ** 31)), ...author.sized(size, 32), ...code, 0x14, 0x24]];
};
