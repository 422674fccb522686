import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { State, supervising } from '../../isa/index.ts';
import { setFlat } from '../code/mode.ts';
import { Counter } from '../counts.ts';
import type { Engine } from '../engine.ts';
import { Bare } from '../stage/bare.ts';
import { engineOfRows } from '../stage/engine.ts';
import { Cr4 } from './bits.ts';

const [rax, rdx, rbx] = [0, 2, 3].map((number) => State.gpr + 8 * number) as [number, number, number];
const areaBytes = 1024;
/** In one page, and in two. */
const areas = [0x20000, 0x20d00] as const;
/** Of [rbx], by service. */
const saving = {
  saveExtended: [0x48, 0x0f, 0xae, 0x23],
  saveChanged: [0x48, 0x0f, 0xae, 0x33],
  saveCompacted: [0x48, 0x0f, 0xc7, 0x23],
  saveSupervised: [0x48, 0x0f, 0xc7, 0x2b],
} as const;
const restoring = { restoreExtended: [0x48, 0x0f, 0xae, 0x2b], restoreSupervised: [0x48, 0x0f, 0xc7, 0x1b] } as const;
const services = [...Object.keys(saving), ...Object.keys(restoring)];
const rounds = 150;

/** Numbers by chance, always the same. */
class Chance {
  #seed = 1;

  below(count: number): number {
    this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) >>> 0;
    return (this.#seed >>> 8) % count;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}

type Bits = 64 | 32;

/** Code of 32 bits has no REX.W. */
const codeOf = (code: readonly number[], bits: Bits): readonly number[] => (bits === 64 ? code : code.slice(1));

/** One whose area is at hand, or which asks the processor. */
class Either {
  readonly counter = new Counter();
  readonly guest: Bare;

  readonly #code: bigint;

  constructor(engine: Engine, code: readonly number[], bits: Bits) {
    const before = codeOf(saving.saveExtended, bits);
    this.#code = Bare.at + BigInt(before.length);
    this.guest = new Bare(engine, [...before, ...codeOf(code, bits)], { counter: this.counter });
    const { guest } = this;
    if (bits === 32) setFlat(guest.state, 32);
    guest.set(State.cr4, BigInt(Cr4.pae | Cr4.osfxsr | Cr4.osxmmexcpt | Cr4.osxsave));
    guest.set(State.xcr0, 7n);
  }

  /** The area is at hand from now on. */
  reach(area: number): void {
    this.guest.processor.flush();
    this.#put(rbx, BigInt(area));
    this.#put(rax, 7n);
    this.#put(State.rip, Bare.at);
    assert.equal(this.guest.step(), undefined);
  }

  /** What comes of it: fault, state, area. */
  run(state: Uint8Array, area: number, bytes: Uint8Array, mask: number): unknown {
    const { guest } = this;
    const view = guest.state;
    new Uint8Array(view.buffer, view.byteOffset + State.vectors, state.length).set(state);
    guest.ram.write(area, bytes);
    for (const [place, value] of [
      [rax, BigInt(mask)],
      [rdx, 0n],
      [rbx, BigInt(area)],
      [State.rip, this.#code],
    ] as const)
      this.#put(place, value);
    const fault = guest.step();
    return { fault, state: this.state, mxcsr: view.getUint32(State.mxcsr, true), area: this.area(area) };
  }

  get state(): Uint8Array {
    const { buffer, byteOffset } = this.guest.state;
    return new Uint8Array(buffer, byteOffset + State.vectors, State.x87Data + 8 - State.vectors).slice();
  }

  area(at: number): Uint8Array {
    const { ram } = this.guest;
    return ram.bytes.slice(ram.begin + at, ram.begin + at + areaBytes);
  }

  get asked(): number {
    const { asked } = this.counter.counted;
    return services.reduce((sum, name) => sum + (asked[name] ?? 0), 0);
  }

  #put(place: number, value: bigint): void {
    this.guest.state.setBigUint64(place, value, true);
  }
}

suite('XSAVE and its kin, where the area is at hand', () => {
  let engine: Engine;
  before(() => {
    engine = engineOfRows(supervising.extendedState);
  });

  /** Vectors and x87, each part as after a reset or not. */
  const stateBy = (chance: Chance): Uint8Array => {
    const state = new Uint8Array(State.x87Data + 8 - State.vectors);
    const view = new DataView(state.buffer);
    const at = (place: number): number => place - State.vectors;
    const is = (): boolean => chance.below(2) === 1;
    for (const half of [0, 16])
      if (is()) for (let number = 0; number < 16; number++) state.set(chance.bytes(chance.below(17)), 64 * number + half);
    view.setUint16(at(State.x87Control), is() ? 0x37f : 0x27f, true);
    if (is()) view.setUint16(at(State.x87Status), chance.below(8) << 11, true);
    if (is()) state[at(State.x87Full)] = chance.below(256);
    if (is()) view.setUint16(at(State.x87Opcode), chance.below(2048), true);
    if (is()) for (let number = 0; number < 8; number++) state.set(chance.bytes(10), at(State.x87) + 16 * number);
    if (is()) state.set(chance.bytes(16), at(State.x87Code));
    return state;
  };

  const compare = (
    service: string,
    { code, bits }: { readonly code: readonly number[]; readonly bits: Bits },
    bytesBy: (chance: Chance) => Uint8Array,
  ): Either => {
    const chance = new Chance();
    const [quick, whole] = [new Either(engine, code, bits), new Either(engine, code, bits)];
    for (let round = 0; round < rounds; round++) {
      const area = areas[round & 1] ?? 0;
      const [state, bytes, mask] = [stateBy(chance), bytesBy(chance), chance.below(8)];
      const mxcsr = chance.below(2) === 1 ? 0x1f80 : 0x9fc0;
      for (const one of [quick, whole]) one.guest.state.setUint32(State.mxcsr, mxcsr, true);
      quick.reach(area);
      whole.guest.processor.flush();
      const [one, other] = [quick, whole].map((either) => either.run(state, area, bytes, mask));
      assert.deepEqual(one, other, `${service}, round ${round}`);
    }
    return quick;
  };

  const each = (services: Readonly<Record<string, readonly number[]>>) =>
    Object.entries(services).flatMap(([service, code]) => ([64, 32] as const).map((bits) => ({ service, code, bits })));

  for (const { service, ...how } of each(saving))
    test(`${service} of ${how.bits} bits is done as the processor does it, which isn't asked`, () => {
      const quick = compare(service, how, (chance) => chance.bytes(areaBytes));
      assert.equal(quick.asked, rounds);
    });

  for (const { service, ...how } of each(restoring))
    test(`${service} of ${how.bits} bits is done as the processor does it, which is asked where something is out of the ordinary`, () => {
      let odd = 0;
      const bytesBy = (chance: Chance): Uint8Array => {
        const bytes = chance.bytes(areaBytes);
        const view = new DataView(bytes.buffer);
        bytes.fill(0, 512, 576);
        view.setUint32(24, 0x1fbf, true);
        view.setUint16(2, chance.below(8) << 11, true);
        view.setUint8(512, chance.below(8));
        if (service === 'restoreSupervised') view.setBigUint64(520, 7n | (1n << 63n), true);
        const isOdd = chance.below(3) === 0;
        if (isOdd) {
          odd++;
          const [at, value] = [
            [24, 0x1_0000],
            [2, 0x1],
            [512, 8],
            [520, 1],
            [527, 0x40],
            [528 + 8 * chance.below(6), 1],
          ][chance.below(6)] as [number, number];
          if (at === 24) view.setUint32(at, value, true);
          else bytes[at] = (bytes[at] ?? 0) ^ value;
          if (at === 2) bytes[0] = 0;
        }
        return bytes;
      };
      const quick = compare(service, how, bytesBy);
      assert.ok(quick.asked <= rounds + odd, `asked ${quick.asked} times, ${odd} of them odd`);
    });
});
