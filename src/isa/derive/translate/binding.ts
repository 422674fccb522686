/** A translation's binding: an instruction's fields are known, the processor's state is in locals where it may be, and what is seldom is left to the interpreter. */
import { type Segment, SegmentPart, State, segmentPlace } from '../../runtime/state.ts';
import type { Access, Binding, Field, Known, Whose } from '../../spec/binding.ts';
import type { FaultName, FlagName, FlagUpdate } from '../../spec/op.ts';
import { Register, type X } from '../../spec/vocabulary.ts';
import { type CalculationName, type CalculationTask, calculationCall } from '../../spec/x87/calculation.ts';
import { type Home, opcode, type Val } from '../../stage/index.ts';
import { type Fields, placeOf } from '../interpret/fields.ts';
import { Flow } from '../interpret/flow.ts';
import { entryOf, foundIn, placeIn } from '../interpret/lookup.ts';
import { type Placed, segmentOf, x87OpcodeOf } from '../interpret/predecode.ts';
import type { PendingFlags } from './flags.ts';
import { targetOf } from './leading.ts';
import { generalAt, type Locals, vectorAt } from './locals.ts';
import type { Nearby } from './nearby.ts';
import type { TranslatedWords } from './words.ts';

/** What a translation has no code for: the interpreter does it. */
export class Untranslated extends Error {}

export interface Surroundings {
  readonly x: TranslatedWords;
  readonly locals: Locals;
  readonly flags: PendingFlags;
  readonly nearby: Nearby;
  /** Leaves before this instruction, with the state as it was then. */
  leave(): void;
  /** Goes on at an address that is known, or at any. */
  branch(): void;
  proceed(): void;
  jump(target: Val): void;
  heed(claim: Val): void;
  /** Of the code segment; undefined in 64-bit mode. */
  readonly limit: number | undefined;
}

export interface Way {
  readonly known: Known;
  readonly addressing: 'flat' | 'based' | 'checked';
  readonly fields: Fields;
}

/** Rights of a segment: present, of programs, data that may be written and expand upwards. SDM Vol. 3A, 3.4.5.1. */
const usual = { mask: 0x9e, rights: 0x92 } as const;
const intents = { read: 0, write: 1, update: 2 } as const satisfies Record<Access, number>;

export class TranslationBinding implements Binding {
  readonly known: Known;
  readonly #around: Surroundings;
  readonly #x: TranslatedWords;
  readonly #placed: Placed;
  readonly #way: Way;
  #hasChanged = false;

  constructor(around: Surroundings, placed: Placed, way: Way) {
    this.known = way.known;
    this.#around = around;
    this.#x = around.x;
    this.#placed = placed;
    this.#way = way;
  }

  get #instruction(): Placed['instruction'] {
    return this.#placed.instruction;
  }

  field(name: Field): Val {
    const { reg, rm, vvvv, immediates, mode, prefixes } = this.#instruction;
    const { fields } = this.#way;
    const hasRex = prefixes.rex !== undefined;
    const at = (place: number): Val => this.#x.known(32, place);
    if (name === 'reg') return at(this.known.early ?? placeOf(fields.reg, reg, hasRex));
    if (name === 'rm') return at(placeOf(fields.rm, rm, hasRex));
    if (name === 'vvvv') return at(placeOf(fields.vvvv, vvvv, hasRex));
    if (fields.named !== undefined) return at(placeOf(fields.named, (Number(immediates[0] ?? 0n) >> 4) & (mode === 64 ? 15 : 7), hasRex));
    return at(State.vectors + 64 * (this.#instruction.memory?.index ?? 0));
  }

  immediate(index: 0 | 1, w: number): Val {
    return this.#x.known(w, this.#instruction.immediates[index] ?? 0n);
  }

  target(): Val {
    return this.#x.known(64, targetOf(this.#placed));
  }

  next(): Val {
    return this.#x.known(64, this.#placed.next);
  }

  offset(dropped: number, more: number | Val = 0): Val {
    const x = this.#x;
    const { memory } = this.#instruction;
    const { base, index, shift = 0, displacement = 0n, isRipRelative = false } = memory ?? {};
    const register = (number: number): Val => this.#around.locals.get(State.gpr + 8 * number, 64);
    const fixed = displacement + (isRipRelative ? this.#placed.next : 0n) + BigInt(base === Register.sp ? dropped : 0);
    let place = base === undefined ? undefined : register(base);
    const add = (value: Val): void => {
      place = place === undefined ? value : x.add(place, value);
    };
    if (index !== undefined && !this.#way.fields.isVsib) add(x.shl(register(index), shift));
    const by = fixed + BigInt(typeof more === 'number' ? more : 0);
    if (by !== 0n || place === undefined) add(x.known(64, by));
    if (typeof more !== 'number') add(x.shl(more, shift));
    return x.truncate(place ?? x.known(64, 0), this.known.address);
  }

  segment(): 'named' {
    return 'named';
  }

  readRegister(place: Val, w: number): Val {
    // Of the stack of x87, which is nobody's local.
    if (place.known === undefined) return this.#x.load(w, place, { home: 0 });
    const at = Number(place.known);
    const general = generalAt(at);
    if (general === undefined) return this.readState(at, w);
    return this.#x.slice(this.#around.locals.get(general, 64), 8 * (at - general), w);
  }

  writeRegister(place: Val, value: Val): void {
    this.#hasChanged = true;
    const x = this.#x;
    const { locals } = this.#around;
    const at = Number(place.known);
    const general = generalAt(at);
    if (place.known === undefined) x.store(value, place, { home: 0 });
    else if (general === undefined) this.writeState(at, value);
    else if (value.w >= 32) locals.set(general, x.zext(value, 64));
    else {
      const shift = 8 * (at - general);
      const mask = ((1n << BigInt(value.w)) - 1n) << BigInt(shift);
      locals.set(general, x.or(x.and(locals.get(general, 64), x.known(64, ~mask)), x.shl(x.zext(value, 64), shift)));
    }
  }

  readState(offset: number, w: number): Val {
    const x = this.#x;
    const { limit, locals } = this.#around;
    if (offset === State.budget) return locals.get(offset, w);
    if (limit !== undefined && offset === codeLimit && w === 32) return x.known(32, limit);
    if (generalAt(offset) !== undefined || vectorAt(offset & ~63) !== undefined)
      throw new Untranslated('a register is read as what it is not');
    return x.load(w, x.known(32, 0), { home: offset });
  }

  writeState(offset: number, value: Val): void {
    this.#hasChanged = true;
    if (generalAt(offset) !== undefined || vectorAt(offset & ~63) !== undefined)
      throw new Untranslated('a register is written as what it is not');
    this.#x.store(value, this.#x.known(32, 0), { home: offset });
  }

  readVector(place: Val, w: number): Val {
    const x = this.#x;
    const at = Number(place.known);
    if (vectorAt(at) === undefined) return x.load(w, x.known(32, 0), { home: at });
    const whole = this.#around.locals.get(at, 128);
    return w === 128 ? whole : x.extract(whole, w, 0);
  }

  writeVector(place: Val, value: Val, rest: 'stays' | 'clears'): void {
    const x = this.#x;
    this.#hasChanged = true;
    const { locals } = this.#around;
    const at = Number(place.known);
    if (rest === 'clears') {
      locals.set(at, x.lowest(x.bits(value)));
      this.#clearAbove(at, 16);
    } else locals.set(at, value.w === 128 ? value : x.insert(locals.get(at, 128), 0, x.bits(value)));
  }

  writeHalves(place: Val, low: Val, high: Val): void {
    this.#hasChanged = true;
    const at = Number(place.known);
    this.#around.locals.set(at, low);
    this.#x.store(high, this.#x.known(32, 0), { home: at + 16 });
    this.#clearAbove(at, 32);
  }

  #clearAbove(at: number, from: 16 | 32): void {
    for (let above = from as number; above < 64; above += 16)
      this.#x.store(this.#x.known(128, 0), this.#x.known(32, 0), { home: at + above });
  }

  exact(operation: Val, a: Val, b: Val): Val {
    if (!this.#hasChanged) {
      this.#leave();
      return this.#x.known(64, 0);
    }
    return this.#x.pinned('i64', 64, [opcode.call, { call: 'float' }], operation, a, b);
  }

  elsewhere(): boolean {
    this.#leave();
    return true;
  }

  readFlag(name: FlagName): Val {
    return this.#around.flags.read(name);
  }

  writeFlags(update: FlagUpdate): void {
    this.#hasChanged = true;
    this.#around.flags.write(update);
  }

  linear(segment: Segment | 'named', offset: Val, bytes: number): Val {
    const x = this.#x;
    const { addressing } = this.#way;
    const wide = x.zext(offset, 64);
    if (addressing === 'flat' || (addressing === 'based' && segment !== 'named')) return wide;
    const [none, at] = this.#segmentPart(segment);
    const based = x.add(wide, x.load(64, none, at(SegmentPart.base)));
    if (addressing === 'based') return based;
    // What isn't data that may be written and ends at its limit, the interpreter looks at.
    const isUsual = x.eq(x.and(x.load(32, none, at(SegmentPart.rights)), x.known(32, usual.mask)), x.known(32, usual.rights));
    const last = x.add(wide, x.known(64, bytes - 1));
    const isBehind = x.ltu(x.zext(x.load(32, none, at(SegmentPart.limit)), 64), last);
    x.seldom(x.not(x.and(isUsual, x.eqz(isBehind))), () => this.#leave());
    return x.and(based, x.known(64, 0xffff_ffffn));
  }

  /** Whether offsets are linear addresses, in all segments that data is in. */
  get isFlat(): boolean {
    return this.#way.addressing === 'flat';
  }

  /** Of a number of bytes that is of 32 bits, too, and no more than a page has. */
  open(linear: Val, bytes: number | Val, access: Access): Val {
    const x = this.#x;
    const { nearby, locals } = this.#around;
    const many = typeof bytes === 'number' ? x.known(32, bytes) : bytes;
    const find = (): Val => {
      const place = x.pinned('i32', 32, [opcode.call, { call: 'find' }], linear, many, x.known(32, intents[access]));
      x.seldom(x.eqz(place), () => this.#leave());
      return place;
    };
    const near = typeof bytes === 'number' ? nearby.of(linear, bytes, access) : undefined;
    if (near !== undefined) return x.either(near.isThere, () => near.place, find, 'usual');
    const entry = entryOf(x, locals.get(State.tlb, 32), linear, access);
    const beyond = typeof bytes === 'number' ? x.known(64, 4096 - bytes + 1) : x.sub(x.known(64, 4097), x.zext(bytes, 64));
    const place = x.either(x.ltu(entry.within, beyond), () => placeIn(x, entry), find, 'usual');
    nearby.note(linear, place, access);
    return place;
  }

  close(): void {
    this.#hasChanged = true;
  }

  x87(operation: number, index: Val, place: Val): Val {
    this.#hasChanged = true;
    return this.#x.pinned('i32', 32, [opcode.call, { call: 'x87' }], this.#x.known(32, operation), index, place);
  }

  calculate(name: CalculationName, task: CalculationTask): Val {
    this.#hasChanged = true;
    return calculationCall(this.#x, name, task);
  }

  aside(_name: string, make: (x: X, given: Val) => Val, given = this.#x.known(32, 0)): Val {
    return make(this.#x, given);
  }

  length(): Val {
    return this.#x.known(8, this.#instruction.lengthBytes);
  }

  selector(): Val {
    const [none, at] = this.#segmentPart('named');
    return this.#x.load(16, none, at(SegmentPart.selector));
  }

  x87Opcode(): Val {
    const { form, modrm } = this.#instruction;
    return this.#x.known(16, x87OpcodeOf(form, modrm));
  }

  service(name: string): Val {
    throw new Untranslated(name);
  }

  found(
    linear: Val,
    access: 'read' | 'write',
    { whose, bytes }: { readonly whose: Whose; readonly bytes: number } = { whose: 'program', bytes: 1 },
  ): { readonly isKnown: Val; readonly place: Val } {
    return foundIn(this.#x, this.#around.locals.get(State.tlb, 32), { linear, access, whose, bytes });
  }

  look(): void {
    const x = this.#x;
    this.#hasChanged = true;
    this.#around.nearby.forget();
    new Flow(x).look();
    for (const offset of [State.tlb, State.jumps]) this.#around.locals.set(offset, x.load(32, x.known(32, 0), { home: offset }));
  }

  forgetLocal(): void {
    throw new Untranslated('what leads elsewhere is forgotten');
  }

  forgetPage(): never {
    throw new Untranslated('a page is forgotten');
  }

  arrive(): void {
    throw new Untranslated('arrive');
  }

  halt(): void {
    throw new Untranslated('halt');
  }

  again(): void {
    throw new Untranslated('again');
  }

  resume(): void {
    throw new Untranslated('resume');
  }

  heed(claim: Val): void {
    this.#around.heed(claim);
  }

  leave(_fault: FaultName, _error: Val): void {
    this.#leave();
  }

  proceed(): void {
    this.#around.proceed();
  }

  branch(): void {
    this.#around.branch();
  }

  jump(target: Val): void {
    this.#around.jump(target);
  }

  #leave(): void {
    if (this.#hasChanged) throw new Untranslated('something has changed before it may fault');
    this.#around.leave();
  }

  #segmentPart(segment: Segment | 'named'): readonly [none: Val, at: (part: number) => Home] {
    const place = segmentPlace(segment === 'named' ? segmentOf(this.#instruction) : segment);
    return [this.#x.known(32, 0), (part) => ({ home: place + part })];
  }
}

const codeLimit = segmentPlace(1) + SegmentPart.limit;
