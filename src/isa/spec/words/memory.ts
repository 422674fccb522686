/** Memory, by segment and offset. */
import { type Segment, State } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import type { Access, Whose } from '../binding.ts';
import { Registers } from './registers.ts';

export class Memory extends Registers {
  /** Reads `w` bits at an offset in a segment. #GP where that isn't a multiple of `alignment` bytes. */
  read(segment: Segment | 'named', offset: Val, w: number, alignment = 1): Val {
    return this.load(w, this.open(segment, offset, w / 8, 'read', alignment).place);
  }

  write(segment: Segment | 'named', offset: Val, value: Val, alignment = 1): void {
    const { place, close } = this.open(segment, offset, value.w / 8, 'write', alignment);
    this.store(value, place);
    close();
  }

  /** Reads 256 bits, all of which may be read before any is. */
  readHalves(segment: Segment | 'named', offset: Val, alignment = 1): readonly [low: Val, high: Val] {
    const { place } = this.open(segment, offset, 32, 'read', alignment);
    return [this.load(128, place), this.load(128, place, 16)];
  }

  writeHalves(segment: Segment | 'named', offset: Val, [low, high]: readonly [Val, Val], alignment = 1): void {
    const { place, close } = this.open(segment, offset, 32, 'write', alignment);
    this.store(low, place);
    this.store(high, place, 16);
    close();
  }

  /** Reads, and writes what is made of that, at one place. */
  rewrite(segment: Segment | 'named', offset: Val, w: number, make: (old: Val) => Val): readonly [Val, Val] {
    const { place, close } = this.open(segment, offset, w / 8, 'update');
    const old = this.load(w, place);
    const made = make(old);
    this.store(made, place);
    close();
    return [old, made];
  }

  /** Faults where a byte can't be read. */
  touch(segment: Segment | 'named', offset: Val): void {
    this.open(segment, offset, 1, 'read');
  }

  /** Makes sure that bytes may be written, before anything is. */
  probe(segment: Segment | 'named', offset: Val, bytes: number): void {
    this.open(segment, offset, bytes, 'write');
  }

  /** Bits at a linear address, where they are at hand: nothing faults. Of no meaning where they aren't. */
  glance(whose: Whose, linear: Val, w: number, count = 1): { readonly isKnown: Val; readonly values: readonly Val[] } {
    this.effects.add('reads memory');
    const found = this.binding.found(linear, 'read', { whose, bytes: (w / 8) * count });
    const place = this.select(found.isKnown, found.place, this.known(32, 0));
    return { isKnown: found.isKnown, values: Array.from({ length: count }, (_, at) => this.load(w, place, (w / 8) * at)) };
  }

  /** Room for values at a linear address, the first one lowest, where it is at hand: nothing faults. They are written when the instruction is through. */
  room(whose: Whose, linear: Val, w: number, count: number): { readonly isKnown: Val; readonly put: (...values: readonly Val[]) => void } {
    this.effects.add('writes memory');
    const { isKnown, place } = this.binding.found(linear, 'write', { whose, bytes: (w / 8) * count });
    const put = (...values: readonly Val[]): void =>
      this.commit(() => {
        for (const [at, value] of values.entries()) this.store(value, place, (w / 8) * at);
      });
    return { isKnown, put };
  }

  /** Where bytes at a linear address are, in one or two pages, where they are at hand in one piece: nothing faults. Of no meaning where they aren't. */
  reach(whose: Whose, linear: Val, bytes: number, access: 'read' | 'write'): { readonly isKnown: Val; readonly place: Val } {
    this.effects.add(access === 'read' ? 'reads memory' : 'writes memory');
    const last = this.known(64, bytes - 1);
    const found = (address: Val) => this.binding.found(address, access, { whose, bytes: 1 });
    const [first, second] = [found(linear), found(this.add(linear, last))];
    const isOne = this.eq(this.sub(second.place, first.place), this.known(32, bytes - 1));
    const isKnown = this.and(this.and(first.isKnown, second.isKnown), isOne);
    return { isKnown, place: this.select(isKnown, first.place, this.known(32, 0)) };
  }

  /** Linear address of bytes that a service reads or writes by itself. */
  linear(segment: Segment | 'named', offset: Val, bytes: number, access: Access): Val {
    this.effects.add(access === 'read' ? 'reads memory' : 'writes memory');
    return this.binding.linear(segment, offset, bytes, access);
  }

  protected open(
    segment: Segment | 'named',
    offset: Val,
    bytes: number,
    access: Access,
    alignment = 1,
  ): { readonly place: Val; readonly close: () => void } {
    this.effects.add(access === 'read' ? 'reads memory' : 'writes memory');
    const linear = this.binding.linear(segment, offset, bytes, access);
    if (alignment > 1) this.require(this.eqz(this.and(linear, this.known(64, alignment - 1))), 'gp');
    const place = this.binding.open(linear, bytes, access, segment);
    return { place, close: () => this.binding.close(place, bytes) };
  }

  /** Where bytes are in linear memory, in one piece; who writes there closes it. #GP where that isn't a multiple of `alignment`, unless it is no address. */
  opened(segment: Segment | 'named', offset: Val, bytes: number, access: Access, alignment = 1): Val {
    this.effects.add(access === 'read' ? 'reads memory' : 'writes memory');
    const linear = this.binding.linear(segment, offset, bytes, access);
    const isAligned = this.eqz(this.and(linear, this.known(64, alignment - 1)));
    if (alignment > 1) this.require(this.isLong ? this.or(isAligned, this.not(this.canonical(linear))) : isAligned, 'gp');
    return this.binding.open(linear, bytes, access, segment);
  }

  /** Whether the upper 17 bits of an address are alike, or 8 with CR4.LA57: SDM Vol. 1, 3.3.7.1. A sum and a comparison: branches ask. */
  canonical(address: Val): Val {
    const half = this.state(State.addressHalf, 64);
    return this.ltu(this.add(address, half), this.shl(half, 1));
  }

  /** The same for what is kept in registers, which take the widest ones whatever CR4 says: kvm-unit-tests x86/la57.c. */
  canonicalWhenKept(address: Val): Val {
    const half = this.shl(this.known(64, 1), this.zext(this.sub(this.state(State.widest, 32), this.known(32, 1)), 64));
    return this.ltu(this.add(address, half), this.shl(half, 1));
  }
}
