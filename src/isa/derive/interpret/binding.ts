/** The interpreter's binding: fields are read from the instruction's record, state from memory. A handler is (record) → Exit. */
import { Service, type ServiceName } from '../../runtime/service.ts';
import { type Segment, SegmentPart, State, segmentPlace } from '../../runtime/state.ts';
import type { Access, Binding, Field, Known, Whose } from '../../spec/binding.ts';
import { type FaultName, type FlagName, type FlagUpdate, Vector } from '../../spec/op.ts';
import { Register, X } from '../../spec/vocabulary.ts';
import { type CalculationName, type CalculationTask, calculationCall } from '../../spec/x87/calculation.ts';
import { type Home, opcode, type Val } from '../../stage/index.ts';
import { LazyFlags, wordsInMemory } from './flags.ts';
import { Flow } from './flow.ts';
import { type Entry, entryOf, foundIn, placeIn } from './lookup.ts';
import { Homes } from './memory.ts';
import { Exit, Record, Way, wayBits } from './record.ts';

/**
 * How offsets become linear addresses: as they are · with the base of the segment that is named · with bases, limits and rights of all · as the record says, which
 * also says how many bits they have.
 */
export type Addressing = 'flat' | 'based' | 'checked' | 'any';

/** Functions of the host that handlers call. */
export const hostFunctions = {
  /** (linear, bytes, 0 for reading, 1 for writing, 2 for both, place of the segment, record) → place; 0 after a fault, which is in the state. */
  open: { parameters: ['i64', 'i32', 'i32', 'i32', 'i32'], results: ['i32'] },
  /** (bytes): what was opened for writing where it isn't in one piece goes where it belongs. */
  close: { parameters: ['i32'], results: [] },
  /** (linear, value, bytes of it, how often, record) → how often it was written there, one behind the other, all in one page that is no memory; 0 where it must be one by one. */
  fill: { parameters: ['i64', 'i64', 'i32', 'i32', 'i32'], results: ['i32'] },
  /** (linear to, linear from, bytes of an element, how many, record) → how many were moved likewise; one page at least is no memory. */
  copy: { parameters: ['i64', 'i64', 'i32', 'i32', 'i32'], results: ['i32'] },
  /** (which: runtime/service.ts, up to three arguments) → what it says; State.fault tells of a fault. */
  service: { parameters: ['i32', 'i64', 'i64', 'i64'], results: ['i64'] },
  /** (place of the segment, offset, bytes, 0 for reading) → linear; State.fault tells of a fault. */
  segment: { parameters: ['i32', 'i64', 'i32', 'i32'], results: ['i64'] },
  /** (operation, a, b) → result: runtime/float.ts. */
  float: { parameters: ['i32', 'i64', 'i64'], results: ['i64'] },
  /** (operation, i of ST(i), place of the operand) → what it says: runtime/x87.ts. */
  x87: { parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
} as const;

/** Functions that handlers share, by their names: each from a record to a number, or to `Exit.fault`. */
export type Asides = Map<string, X>;

/** Rights of a segment: present, of programs, data that may be written and expand upwards. SDM Vol. 3A, 3.4.5.1. */
const usual = { mask: 0x9e, rights: 0x92 } as const;

/** What the host is told of an access. */
const intents = { read: 0, write: 1, update: 2 } as const satisfies Record<Access, number>;

export class InterpreterBinding implements Binding {
  readonly known: Known;
  /** The handler that does the same and knows every way, for what this one leaves to it: which is all that is seldom, before anything has changed. */
  readonly #whole: (() => string) | undefined;
  #hasChanged = false;
  /** Places that are memory. */
  readonly #plain = new Set<Val>();
  readonly flow: Flow;
  readonly #x: X;
  readonly #addressing: Addressing;
  readonly #flags: LazyFlags;
  readonly #asides: Asides;

  constructor(x: X, known: Known, addressing: Addressing, asides: Asides, whole?: () => string, isInCore = false) {
    this.#whole = whole;
    this.#asides = asides;
    this.#x = x;
    this.flow = new Flow(x, isInCore);
    this.known = known;
    this.#addressing = addressing;
    this.#flags = new LazyFlags(x, wordsInMemory(x));
  }

  field(name: Field): Val {
    const { early } = this.known;
    return name === 'reg' && early !== undefined ? this.#x.known(32, early) : this.flow.place(Record[name]);
  }

  immediate(index: 0 | 1, w: number): Val {
    return this.flow.read(index === 0 ? Record.immediate : Record.second, w);
  }

  target(): Val {
    return this.flow.read(Record.immediate, 64);
  }

  next(): Val {
    return this.flow.next;
  }

  offset(dropped: number, more: number | Val = 0): Val {
    const x = this.#x;
    const base = this.flow.place(Record.base);
    const scale = (index: Val): Val => x.shl(index, x.zext(this.flow.read(Record.shift, 8), 64));
    const scaled = scale(x.load(64, this.flow.place(Record.index), { home: 0 }));
    const whole = x.add(x.add(x.load(64, base, { home: 0 }), scaled), this.flow.read(Record.displacement, 64));
    const place = more === 0 ? whole : x.add(whole, typeof more === 'number' ? x.known(64, more) : scale(more));
    const isStack = x.eq(base, x.known(32, State.gpr + 8 * Register.sp));
    const moved = dropped === 0 ? place : x.add(place, x.select(isStack, x.known(64, dropped), x.known(64, 0)));
    if (this.#addressing !== 'any') return x.truncate(moved, this.known.address);
    const cut = x.zext(x.and(this.flow.read(Record.cut, 8), x.known(8, ~wayBits)), 64);
    return x.shr(x.shl(moved, cut), cut);
  }

  segment(): 'named' {
    return 'named';
  }

  readRegister(place: Val, w: number): Val {
    return this.#x.load(w, ...this.#at(place));
  }

  writeRegister(place: Val, value: Val): void {
    this.#hasChanged = true;
    this.#x.store(value.w === 32 ? this.#x.zext(value, 64) : value, ...this.#at(place));
  }

  readVector(place: Val, w: number): Val {
    return this.#x.load(w, ...this.#at(place));
  }

  writeVector(place: Val, value: Val, rest: 'stays' | 'clears'): void {
    const x = this.#x;
    this.#hasChanged = true;
    const [base, offset] = this.#at(place);
    x.store(rest === 'clears' ? x.lowest(value) : value, base, offset);
    if (rest === 'clears') for (const above of [16, 32, 48]) x.store(x.known(128, 0), base, { home: offset.home + above });
  }

  writeHalves(place: Val, low: Val, high: Val): void {
    this.#hasChanged = true;
    const [base, offset] = this.#at(place);
    for (const [at, value] of [low, high, this.#x.known(128, 0), this.#x.known(128, 0)].entries())
      this.#x.store(value, base, { home: offset.home + 16 * at });
  }

  exact(operation: Val, a: Val, b: Val): Val {
    if (this.#isLeft) {
      this.#leaveWhole();
      return this.#x.known(64, 0);
    }
    this.#hasChanged = true;
    return this.#x.pinned('i64', 64, [opcode.call, { call: 'float' }], operation, a, b);
  }

  elsewhere(): boolean {
    if (!this.#isLeft) return false;
    this.#leaveWhole();
    return true;
  }

  /** A known place goes into the offset of the access. */
  #at(place: Val): [base: Val, offset: Home] {
    return place.known === undefined ? [place, { home: 0 }] : [this.#x.known(32, 0), { home: Number(place.known) }];
  }

  readState(offset: number, w: number): Val {
    return this.#x.load(w, this.#x.known(32, 0), { home: offset });
  }

  writeState(offset: number, value: Val): void {
    this.#hasChanged = true;
    this.#x.store(value, this.#x.known(32, 0), { home: offset });
  }

  readFlag(name: FlagName): Val {
    return this.#flags.read(name);
  }

  writeFlags(update: FlagUpdate): void {
    this.#hasChanged = true;
    this.#flags.write(update);
  }

  linear(segment: Segment | 'named', offset: Val, bytes: number, access: Access): Val {
    const x = this.#x;
    const wide = x.zext(offset, 64);
    if (this.#addressing === 'flat' || (this.#addressing === 'based' && segment !== 'named')) return wide;
    const place = this.#place(segment);
    const based = (): Val => x.add(wide, x.load(64, place, { home: SegmentPart.base }));
    const asked = (): Val => {
      const linear = x.pinned('i64', 64, [opcode.call, { call: 'segment' }], place, wide, x.known(32, bytes), this.#intent(access));
      x.when(x.nez(this.flow.state(State.fault, 32)), () => this.flow.fault());
      return linear;
    };
    // Most are data that may be written and end at their limit, as all are in real-address mode: the host needn't be asked.
    const checked = (): Val => {
      const last = x.add(wide, x.known(64, bytes - 1));
      const isBehind = x.ltu(this.#limit(place), last);
      return x.either(x.and(this.#isUsual(place), x.eqz(isBehind)), () => x.and(based(), x.known(64, 0xffff_ffffn)), asked);
    };
    if (this.#addressing === 'based') return based();
    if (this.#addressing === 'checked') return checked();
    const way = x.and(this.flow.read(Record.cut, 8), x.known(8, wayBits));
    const is = (one: number): Val => x.eq(way, x.known(8, one));
    return x.either(
      is(Way.flat),
      () => wide,
      () => x.either(is(Way.based), based, checked),
    );
  }

  #isUsual(place: Val): Val {
    const x = this.#x;
    return x.eq(x.and(x.load(32, place, { home: SegmentPart.rights }), x.known(32, usual.mask)), x.known(32, usual.rights));
  }

  #limit(place: Val): Val {
    return this.#x.zext(this.#x.load(32, place, { home: SegmentPart.limit }), 64);
  }

  /** Where an offset is, and how many bytes from there on are in its page and in the segment: 0 also where the host must be asked. */
  stretch(segment: Segment | 'named', offset: Val): { readonly linear: Val; readonly bytes: Val } {
    const x = this.#x;
    const wide = x.zext(offset, 64);
    const toEnd = (linear: Val): Val => x.sub(x.known(32, 4096), x.and(x.truncate(linear, 32), x.known(32, 4095)));
    if (this.#addressing === 'flat' || (this.#addressing === 'based' && segment !== 'named')) return { linear: wide, bytes: toEnd(wide) };
    const place = this.#place(segment);
    const based = x.add(wide, x.load(64, place, { home: SegmentPart.base }));
    if (this.#addressing === 'based') return { linear: based, bytes: toEnd(based) };
    const linear = x.and(based, x.known(64, 0xffff_ffffn));
    const [limit, inPage] = [this.#limit(place), toEnd(linear)];
    const left = x.add(x.sub(limit, wide), x.known(64, 1));
    const isWithin = x.and(this.#isUsual(place), x.eqz(x.ltu(limit, wide)));
    const bytes = x.select(x.ltu(left, x.zext(inPage, 64)), x.truncate(left, 32), inPage);
    return { linear, bytes: x.select(isWithin, bytes, x.known(32, 0)) };
  }

  open(linear: Val, bytes: number, access: Access, segment: Segment | 'named'): Val {
    const x = this.#x;
    const entry = this.#entry(linear, access);
    const isKnown = x.ltu(entry.within, x.known(64, 4096 - bytes + 1));
    const found = (): Val => placeIn(x, entry);
    if (this.#isLeft) {
      x.when(x.not(isKnown), () => this.#leaveWhole());
      const place = found();
      this.#plain.add(place);
      return place;
    }
    return x.either(isKnown, found, () => {
      const place = x.pinned(
        'i32',
        32,
        [opcode.call, { call: 'walk' }],
        linear,
        x.known(32, bytes),
        this.#intent(access),
        this.#place(segment),
        this.flow.record,
      );
      x.when(x.eqz(place), () => this.flow.fault());
      return place;
    });
  }

  found(
    linear: Val,
    access: 'read' | 'write',
    { whose, bytes }: { readonly whose: Whose; readonly bytes: number } = { whose: 'program', bytes: 1 },
  ): { readonly isKnown: Val; readonly place: Val } {
    return foundIn(this.#x, this.flow.state(State.tlb, 32), { linear, access, whose, bytes });
  }

  #entry(linear: Val, access: Access): Entry {
    return entryOf(this.#x, this.flow.state(State.tlb, 32), linear, access);
  }

  close(place: Val, bytes: number): void {
    const x = this.#x;
    this.#hasChanged = true;
    if (this.#plain.has(place)) return;
    x.when(x.ltu(place, x.known(32, Homes.end)), () => x.do([opcode.call, { call: 'close' }], x.known(32, bytes)));
  }

  get #isLeft(): boolean {
    return this.#whole !== undefined && !this.#hasChanged;
  }

  #leaveWhole(): void {
    this.#x.do([opcode.return_call, { call: this.#whole?.() ?? '' }], this.flow.record);
  }

  #place(segment: Segment | 'named'): Val {
    return segment === 'named' ? this.flow.place(Record.segment) : this.#x.known(32, segmentPlace(segment));
  }

  #intent(access: Access): Val {
    return this.#x.known(32, intents[access]);
  }

  x87(operation: number, index: Val, place: Val): Val {
    this.#hasChanged = true;
    return this.#x.pinned('i32', 32, [opcode.call, { call: 'x87' }], this.#x.known(32, operation), index, place);
  }

  calculate(name: CalculationName, task: CalculationTask): Val {
    this.#hasChanged = true;
    return calculationCall(this.#x, name, task);
  }

  aside(name: string, make: (x: X, given: Val) => Val, given?: Val): Val {
    const x = this.#x;
    const { mode, address } = this.known;
    const key = ['aside', name, ...(given === undefined ? [mode === 64, address, this.#addressing] : [])].join('.');
    let shared = this.#asides.get(key);
    if (shared === undefined) {
      const one = new X(['i32', 'i32']);
      shared = one;
      const value = one.within(new InterpreterBinding(one, this.known, this.#addressing, this.#asides), () =>
        make(one, one.parameter(1, 32)),
      );
      shared.do([opcode.return], value);
      shared.do([opcode.unreachable]);
      this.#asides.set(key, shared);
    }
    for (const effect of shared.effects) x.effects.add(effect);
    this.#hasChanged = true;
    const value = x.pinned('i32', 32, [opcode.call, { call: key }], this.flow.record, given ?? x.known(32, 0));
    x.when(x.eqz(value), () => x.do([opcode.return], x.known(32, Exit.fault)));
    return value;
  }

  length(): Val {
    return this.flow.read(Record.length, 8);
  }

  selector(): Val {
    return this.#x.load(16, this.#place('named'), { home: SegmentPart.selector });
  }

  x87Opcode(): Val {
    return this.flow.read(Record.second, 16);
  }

  service(name: ServiceName, args: readonly Val[]): Val {
    const x = this.#x;
    const { flow } = this;
    this.#hasChanged = true;
    flow.setState(State.rip, flow.next);
    const [a, b, c] = [0, 1, 2].map((at) => args[at] ?? x.known(64, 0)) as [Val, Val, Val]; // Three were asked for.
    const said = x.pinned('i64', 64, [opcode.call, { call: 'service' }], x.known(32, Service[name]), a, b, c);
    x.when(x.nez(flow.state(State.fault, 32)), () => flow.fault());
    return said;
  }

  look(): void {
    this.flow.look();
  }

  forgetLocal(): void {
    this.#x.do([opcode.call, { call: 'forgetLocal' }]);
  }

  forgetPage(linear: Val): Val {
    this.#hasChanged = true;
    return this.#x.nez(this.#x.pinned('i32', 32, [opcode.call, { call: 'forgetPage' }], linear));
  }

  arrive(): void {
    this.flow.arrive();
  }

  halt(): void {
    this.flow.halt();
  }

  leave(fault: FaultName, error: Val): void {
    const { flow } = this;
    if (this.#isLeft) {
      this.#leaveWhole();
      return;
    }
    flow.setState(State.fault, this.#x.known(32, Vector[fault] + 1));
    flow.setState(State.error, error);
    flow.fault();
  }

  again(): void {
    this.flow.again();
  }

  proceed(): void {
    this.flow.proceed();
  }

  branch(): void {
    this.flow.branch();
  }

  jump(target: Val): void {
    this.flow.jump(target);
  }

  resume(): void {
    this.flow.resume();
  }

  heed(claim: Val): void {
    this.flow.heed(claim);
  }
}
