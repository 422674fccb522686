import assert from 'node:assert/strict';
import { test } from 'node:test';
import { always, below, big, bytes, choice, flag, list, maybe, moment, part, queue, some, u8, u16, u32, u48, u64 } from './field.ts';
import { decode, encode } from './state.ts';
import { instant } from './units.ts';

const schema = {
  ...{ byte: u8, word: u16, double: u32, quad: u64, is: flag, slot: below(5), when: maybe(moment), last: maybe(moment) },
  ...{ mode: choice('off', 'on'), block: bytes(3), waiting: queue(4), pair: list(2, part({ low: u8, high: u8 })) },
};
const state = () => ({
  ...{ byte: 0xfe, word: 0xfedc, double: 0xfedc_ba98, quad: 0xfedc_ba98_7654_3210n, is: true, slot: 4 },
  ...{ when: instant(1n << 40n), last: undefined, mode: 'on' as const, block: Uint8Array.of(1, 2, 3), waiting: [9, 8] },
  pair: [
    { low: 1, high: 2 },
    { low: 3, high: 4 },
  ],
});

test('a state is what was saved of it', () => {
  assert.deepEqual(decode(schema, encode(schema, state())), state());
});

test('a state of many bytes, and of many of a kind, is what was saved of it', () => {
  const large = { block: bytes(1000), numbers: some(300, u8), vector: big(32), version: always(3) };
  const of = {
    block: new Uint8Array(1000).fill(7),
    numbers: Array.from({ length: 300 }, () => 9),
    vector: (1n << 255n) | 5n,
    version: 3 as const,
  };
  assert.deepEqual(decode(large, encode(large, of)), of);
  assert.throws(
    () => decode({ numbers: some(299, u8) }, encode({ numbers: some(300, u8) }, of)),
    /^RangeError: numbers: 300 are more than 299$/,
  );
});

test('48 bits are kept', () => {
  const far = { at: 0xfedc_ba98_7654 };
  assert.deepEqual(decode({ at: u48 }, encode({ at: u48 }, far)), far);
});

test('bytes that are no state are refused with the field that isn’t', () => {
  const whole = encode(schema, state());
  const spoilt = (at: number, value: number): Uint8Array => {
    const copy = whole.slice();
    copy[at] = value;
    return copy;
  };
  assert.throws(() => decode(schema, spoilt(15, 2)), /^RangeError: is: 2 is neither 0 nor 1$/);
  assert.throws(() => decode(schema, spoilt(16, 5)), /^RangeError: slot: 5 is not below 5$/);
  assert.throws(() => decode(schema, spoilt(28, 0x80)), /^RangeError: when: -\d+ ns is before/);
  assert.throws(() => decode(schema, spoilt(30, 7)), /^RangeError: mode: it is none of off, on$/);
  assert.throws(() => decode(schema, spoilt(34, 5)), /^RangeError: waiting: 5 are more than 4$/);
  assert.throws(() => decode(schema, whole.slice(0, -1)), /^RangeError: pair: high: \d+ bytes end before byte \d+$/);
  assert.throws(() => decode(schema, Uint8Array.of(...whole, 0)), /bytes behind the last field/);
});

test('whatever bytes come, a state or a RangeError comes of them', () => {
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 0x7fff_ffff;
    return seed;
  };
  for (let run = 0; run < 20_000; run++) {
    const noise = Uint8Array.from({ length: random() % 60 }, () => (random() % 4 === 0 ? random() : random() % 3));
    try {
      const state = decode(schema, noise);
      assert.deepEqual(encode(schema, state), noise);
    } catch (error) {
      assert.ok(error instanceof RangeError, String(error));
    }
  }
});
