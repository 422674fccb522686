/**
 * What records have in common whose instructions begin alike: the same prefixes, opcode and, as far as it tells forms apart, ModRM. It is learned from one that was
 * decoded, so all that is known of instructions is still in their rows; of the others registers, offsets and immediates alone are read.
 */
import { Segment, segmentPlace } from '../../runtime/state.ts';
import type { Encoding } from '../../spec/row.ts';
import { askedOf } from '../decode/asked.ts';
import type { Instruction } from '../decode/instruction.ts';
import { opcodeMaps, type Table } from '../decode/table.ts';
import { fieldsOf, placeOf, type Registers } from './fields.ts';
import { cutOf, endsBlock, handlerOf, type Mode, type Predecoder } from './predecode.ts';

/** Offsets in a template. */
export const Template = {
  /** Place in the table of handlers. */
  handler: 0,
  /** Of `Trait`. */
  traits: 1,
  /** Where the places of registers by their numbers begin, in `registerPlaces`. */
  reg: 2,
  rm: 3,
  vvvv: 4,
  /** Record.segment, Record.shift of 0 and Record.cut as one word: by its prefix or of data, and where the base is the stack's. */
  data: 5,
  stack: 6,
  /** `Immediate`. */
  first: 7,
  second: 8,
  /** Of x87, what Record.second has beside ModRM. */
  secondValue: 9,
  /** What Record.rm has where ModRM doesn't name it. */
  rmPlace: 10,
  size: 11,
} as const;

export const Trait = {
  modrm: 1,
  memory: 2,
  ends: 4,
  relative: 0x38,
  relative64: 8,
  relative32: 16,
  relative16: 32,
  x87: 64,
  rm: 128,
} as const;

/** Bytes, unsigned or extended. */
export const Immediate = { none: 0, u1: 1, s1: 2, u2: 3, s2: 4, u4: 5, s4: 6, u8: 7 } as const;
type Immediate = (typeof Immediate)[keyof typeof Immediate];

const kinds = ['segment', 'stack', 'mmx', 'number', 'vector', 'byte', 'general'] as const satisfies readonly Registers[];
const registers = 16;

/** Places of 16 registers, by kinds, without and with REX. */
export const registerPlaces: Uint16Array = Uint16Array.from(
  kinds.flatMap((kind) =>
    [false, true].flatMap((hasRex) => Array.from({ length: registers }, (_, number) => placeOf(kind, number, hasRex))),
  ),
);

const placesOf = (kind: Registers, hasRex: boolean): number => (2 * kinds.indexOf(kind) + (hasRex ? 1 : 0)) * registers;

/** How much of ModRM tells templates of an opcode apart: nothing, whether it names memory, its digit too, or all of it. */
const Told = { nothing: 0, memory: 1, digit: 2, all: 3 } as const;
const tellings = [1, 2, 16, 256] as const;

/** Of opcodes: four maps. */
const opcodes = 1024;
const never = -1;

/** Those of one mode. */
export class Templates {
  readonly #mode: Mode;
  readonly #table: Table<Encoding>;
  readonly #predecoder: Predecoder;
  /** By a number of all prefixes: for each opcode what of ModRM tells in two bits, and above where its places begin; 0 of one that isn't known. */
  readonly #opcodes: (Int32Array | undefined)[] = [];
  /** Where templates are; 0 of those that aren't known, below that of what there can be none of. */
  #places = new Int32Array(4096);
  #nextPlace = 1;
  fields = new Int32Array(4096 * Template.size);
  #next: number = Template.size;

  constructor(mode: Mode, table: Table<Encoding>, predecoder: Predecoder) {
    this.#mode = mode;
    this.#table = table;
    this.#predecoder = predecoder;
  }

  /** What was learned, for others of the same mode, table and predecoder: `begin`. */
  get numbers(): Int32Array<ArrayBuffer> {
    const known = this.#opcodes.flatMap((all, prefixes) =>
      [...(all ?? [])].flatMap((one, opcode) => (one === 0 ? [] : [prefixes, opcode, one])),
    );
    const [places, fields] = [this.#places.subarray(0, this.#nextPlace), this.fields.subarray(0, this.#next)];
    return Int32Array.of(known.length, places.length, ...known, ...places, ...fields);
  }

  /** With what another one learned, before anything is. */
  begin(numbers: Int32Array): void {
    const [known = 0, places = 0] = numbers;
    const opcodesEnd = 2 + known;
    for (let at = 2; at < opcodesEnd; at += 3) {
      const [prefixes = 0, opcode = 0, one = 0] = numbers.subarray(at, at + 3);
      const all = this.#opcodes[prefixes] ?? new Int32Array(opcodes);
      this.#opcodes[prefixes] = all;
      all[opcode] = one;
    }
    const fieldsAt = opcodesEnd + places;
    while (this.#places.length < places) this.#places = grown(this.#places);
    while (this.fields.length < numbers.length - fieldsAt) this.fields = grown(this.fields);
    this.#places.set(numbers.subarray(opcodesEnd, fieldsAt));
    this.fields.set(numbers.subarray(fieldsAt));
    this.#nextPlace = places;
    this.#next = numbers.length - fieldsAt;
  }

  get isLong(): boolean {
    return this.#mode.code === 64;
  }

  /** Where in `fields` it begins, if it is above 0. */
  find(prefixes: number, opcode: number, modrm: number): number {
    const known = this.#opcodes[prefixes]?.[opcode] ?? 0;
    return known === 0 ? 0 : (this.#places[(known >> 2) + toldBy(known & 3, modrm)] ?? 0);
  }

  /** From an instruction that has these. */
  learn(prefixes: number, opcode: number, modrm: number, instruction: Instruction<Encoding>): void {
    const all = this.#opcodes[prefixes] ?? new Int32Array(opcodes);
    this.#opcodes[prefixes] = all;
    const told = this.#toldOf(opcode, instruction.form.vex !== undefined);
    const known = all[opcode] || (this.#room(tellings[told] ?? 1) << 2) | told;
    all[opcode] = known;
    this.#places[(known >> 2) + toldBy(told, modrm)] = isAlike(instruction) ? this.#made(instruction) : never;
  }

  #room(places: number): number {
    const place = this.#nextPlace;
    this.#nextPlace += places;
    if (this.#nextPlace > this.#places.length) this.#places = grown(this.#places);
    return place;
  }

  #toldOf(opcode: number, isVex: boolean): number {
    const forms = this.#table.find(opcodeMaps[opcode >> 8] ?? 'one', opcode & 0xff, isVex);
    const all = forms.map(askedOf);
    if (all.some(({ second, isVsib }) => second !== undefined || isVsib)) return Told.all;
    if (all.some(({ digit, namesSegment }) => digit !== undefined || namesSegment)) return Told.digit;
    return forms.some(({ modrm }) => modrm !== 'none') ? Told.memory : Told.nothing;
  }

  #made(instruction: Instruction<Encoding>): number {
    const at = this.#next;
    this.#next += Template.size;
    if (this.#next > this.fields.length) this.fields = grown(this.fields);
    const { form, memory, prefixes, rm, size, address } = instruction;
    const fields = fieldsOf(form);
    const hasRex = prefixes.rex !== undefined;
    const { code } = this.#mode;
    const [first = Immediate.none, second = Immediate.none] = askedOf(form).immediates.flatMap((one) => immediatesOf(one, size, address));
    const relative = code === 64 ? Trait.relative64 : size === 32 ? Trait.relative32 : Trait.relative16;
    const traits =
      (form.modrm === 'none' ? 0 : Trait.modrm) |
      (form.modrm === 'none' || form.span === 8 ? 0 : Trait.rm) |
      (memory === undefined ? 0 : Trait.memory) |
      (endsBlock(this.#predecoder, instruction) ? Trait.ends : 0) |
      (fields.isRelative ? relative : 0) |
      (fields.isX87 ? Trait.x87 : 0);
    const cut = cutOf(instruction, this.#mode);
    const wordOf = (segment: Segment): number => segmentPlace(prefixes.segment ?? segment) | (cut << 24);
    this.fields.set(
      [
        handlerOf(this.#predecoder, instruction, this.#mode),
        ...[traits, placesOf(fields.reg, hasRex), placesOf(fields.rm, hasRex), placesOf(fields.vvvv, hasRex)],
        ...[wordOf(Segment.ds), wordOf(Segment.ss), first, second, fields.isX87 ? (form.opcode & 7) << 8 : 0],
        placeOf(fields.rm, rm, hasRex),
      ],
      at,
    );
    return at;
  }
}

const toldBy = (told: number, modrm: number): number => {
  if (told === Told.nothing) return 0;
  const isRegister = modrm >= 0xc0;
  if (told === Told.memory) return isRegister ? 1 : 0;
  return told === Told.digit ? (isRegister ? 8 : 0) | ((modrm >> 3) & 7) : modrm;
};

/** Whether others that begin as it does have the same handler, and fields that are found as its own. */
const isAlike = ({ form, memory, address, modrm }: Instruction<Encoding>): boolean => {
  const { named, isVsib, isEarly } = fieldsOf(form);
  const isUsual = memory === undefined ? form.modrm === 'none' || modrm >= 0xc0 : address !== 16;
  return isUsual && named === undefined && !isVsib && !isEarly;
};

/** Of an operand, in the order in which they stand: as readImmediates of decode.ts has them. */
const immediatesOf = (operand: string, size: number, address: number): readonly Immediate[] => {
  const unsigned = (bits: number): Immediate => (bits === 16 ? Immediate.u2 : bits === 32 ? Immediate.u4 : Immediate.u8);
  switch (operand) {
    case 'Ib':
    case 'Ldq':
    case 'Lqq':
      return [Immediate.u1];
    case 'Ibs':
    case 'Jb':
      return [Immediate.s1];
    case 'Iw':
      return [Immediate.u2];
    case 'Iz':
    case 'Jz':
      return [size === 16 ? Immediate.s2 : Immediate.s4];
    case 'Iv':
      return [unsigned(size)];
    case 'Ap':
      return [unsigned(size), Immediate.u2];
    default:
      return [unsigned(address)];
  }
};

const grown = (before: Int32Array): Int32Array<ArrayBuffer> => {
  const after = new Int32Array(2 * before.length);
  after.set(before);
  return after;
};
