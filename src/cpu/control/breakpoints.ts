/** Breakpoints: SDM Vol. 3B, 19.2.4 and 19.3.1, and what a debugger outside watches. While there is one, instructions run one by one, and all memory takes the slow path. */
import { State } from '../../isa/index.ts';
import type { Stop } from '../../machine/index.ts';
import { Cr4 } from './bits.ts';
import { Dr7 } from './debug-registers.ts';

/** What a breakpoint waits for: R/W in DR7. */
const Kind = { execute: 0, write: 1, port: 2, access: 3 } as const;
/** By LEN in DR7; 8 in long mode alone, as nobody else has a use for it. */
const lengths = [1, 2, 8, 4] as const;

export type Watch = Exclude<Stop, { on: 'execute' }>;

interface Breakpoint {
  /** In DR6. */
  readonly mask: number;
  readonly kind: number;
  readonly from: bigint;
  readonly bytes: number;
}

/** DR6, B0 to B3. */
const breakpointBits = 0xf;

export class Breakpoints {
  readonly #state: DataView;
  /** DR6 bits of those met since they were last told. */
  #met = 0;
  /** Of a debugger that the guest doesn't know of. */
  watches: readonly Watch[] = [];
  #touched: Watch | undefined;

  constructor(state: DataView) {
    this.#state = state;
  }

  get areOn(): boolean {
    return this.areGuests || this.watches.length > 0;
  }

  /** Whether the guest has set some: what a debugger watches changes nothing of how instructions are counted. */
  get areGuests(): boolean {
    return (this.#state.getUint32(State.dr7, true) & Dr7.enabled) !== 0;
  }

  /** Whether one is met by an instruction that begins here. */
  isAt(linear: bigint): boolean {
    return this.#meet(linear, 1, ({ kind, bytes }) => kind === Kind.execute && bytes === 1);
  }

  /** What is written may be read, too. */
  touch(linear: bigint, bytes: number, access: 'read' | 'write', isRead = access === 'read'): void {
    if (!this.areOn) return;
    this.#meet(linear, bytes, ({ kind }) => kind === Kind.access || (kind === Kind.write && access === 'write'));
    this.#touched ??= this.watches.find(
      ({ on, address, bytes: length }) =>
        (on === 'access' || (on === 'read' ? isRead : access === 'write')) &&
        linear < address + BigInt(length) &&
        address < linear + BigInt(bytes),
    );
  }

  /** What a debugger watches that was touched since it was last asked for. */
  takeTouched(): Watch | undefined {
    const touched = this.#touched;
    this.#touched = undefined;
    return touched;
  }

  /** Only with CR4.DE. */
  port(port: number, bytes: number): void {
    if (this.areOn)
      this.#meet(BigInt(port), bytes, ({ kind }) => kind === Kind.port && (this.#state.getUint32(State.cr4, true) & Cr4.de) !== 0);
  }

  /** What was met before an instruction that faults is not told. */
  forget(): void {
    this.#met = 0;
    this.#touched = undefined;
  }

  /** Says in DR6 what was met, or this; whether there is anything to say. Of breakpoints only those that were met now: as Intel's do, SDM Vol. 3B, 19.2.3. */
  tell(beside = 0): boolean {
    const met = this.#met | beside;
    this.#met = 0;
    if (met === 0) return false;
    this.#state.setUint32(State.dr6, (this.#state.getUint32(State.dr6, true) & ~breakpointBits) | met, true);
    return true;
  }

  #meet(from: bigint, bytes: number, isMeant: (one: Breakpoint) => boolean): boolean {
    const met = this.#enabled
      .filter((one) => isMeant(one) && from < one.from + BigInt(one.bytes) && one.from < from + BigInt(bytes))
      .reduce((masks, { mask }) => masks | mask, 0);
    this.#met |= met;
    return met !== 0;
  }

  get #enabled(): readonly Breakpoint[] {
    const control = this.#state.getUint32(State.dr7, true);
    return [0, 1, 2, 3].flatMap((index) => {
      if (((control >>> (2 * index)) & 3) === 0) return [];
      const bytes = lengths[(control >>> (18 + 4 * index)) & 3] ?? 1;
      const address = this.#state.getBigUint64(State.dr0 + 8 * index, true);
      return [{ mask: 1 << index, kind: (control >>> (16 + 4 * index)) & 3, from: address & ~BigInt(bytes - 1), bytes }];
    });
  }
}
