import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine } from '../runtime/engine.ts';
import { Lanes, operators } from './lanes.ts';
import { moduleOf } from './module.ts';
import type { Ty, Val } from './value.ts';

/** Runs what is staged without arguments; its result has 64 bits. */
const run = (build: (s: Lanes) => Val): bigint => {
  const stage = new Lanes();
  const result = stage.variable(build(stage));
  stage.do([], stage.get(result));
  const { bytes } = moduleOf({
    imports: {},
    functions: [{ name: 'f', stage, results: ['i64'] }],
    table: { names: [], signature: { parameters: [], results: [] } },
    exports: ['f'],
  });
  const { exports } = new engine.Instance(new engine.Module(bytes), { host: { memory: new engine.Memory({ initial: 1 }) } });
  return BigInt.asUintN(64, (exports['f'] as () => bigint)());
};

/** Types of what an operator takes, as its name tells. */
const takes = (name: string): readonly Ty[] => {
  const [type = '', verb = ''] = name.split('.');
  const lane = type.startsWith('f') ? (type.slice(0, 3) as Ty) : type === 'i64x2' ? 'i64' : 'i32';
  const from = /_([if](?:32|64))(?:_[su])?$/.exec(verb)?.[1] as Ty | undefined;
  if (type.length === 3 && from !== undefined) return [from];
  const whole: Ty = type.length === 3 ? (type as Ty) : 'v128';
  if (verb === 'splat') return [lane];
  if (verb.startsWith('replace_lane')) return ['v128', lane];
  if (/^sh[lr]/.test(verb)) return ['v128', 'i32'];
  if (verb === 'bitselect') return ['v128', 'v128', 'v128'];
  const isAlone = /^(abs|neg|not|a(ny|ll)_true|bitmask|popcnt|ext(end|add|ract)|convert|promote|demote|trunc|ceil|floor|nearest|sqrt)/.test(
    verb,
  );
  return isAlone ? [whole] : [whole, whole];
};

test('every operator takes and makes what its name says', () => {
  for (const name of operators) {
    const types = takes(name);
    const stage = new Lanes(types);
    const args = types.map((_, at) => stage.parameter(at, 32));
    const result = /_lane/.test(name)
      ? stage.lane(name, 1, ...args)
      : name === 'i8x16.shuffle'
        ? stage.shuffle(args[0]!, args[1]!, new Array(16).fill(31))
        : stage.lanes(name, ...args);
    const held = stage.variable(result);
    stage.do([], stage.get(held));
    const { bytes } = moduleOf({
      imports: {},
      functions: [{ name, stage, results: [result.ty] }],
      table: { names: [], signature: { parameters: [], results: [] } },
      exports: [name],
    });
    assert.doesNotThrow(() => new engine.Module(bytes), name);
  }
});

test('a lane of a constant is what it was made of, known or live', () => {
  for (const [w, index] of [
    [8, 3],
    [16, 2],
    [32, 1],
    [64, 1],
  ] as const) {
    const lanes = Array.from({ length: 128 / w }, (_, at) => 0x81n + BigInt(at));
    assert.equal(
      run((s) => s.zext(s.extract(s.constant(w, lanes), w, index), 64)),
      lanes[index],
    );
    assert.equal(
      run((s) => s.zext(s.extract(s.lanes('v128.not', s.lanes('v128.not', s.constant(w, lanes))), w, index), 64)),
      lanes[index],
    );
  }
});

test('whole lanes of both vectors go where a shuffle has them', () => {
  const build = (s: Lanes): Val =>
    s.extract(s.shuffleLanes(32, s.constant(32, [1, 2, 3, 4]), s.constant(32, [5, 6, 7, 8]), [1, 6, 0, 0]), 64, 0);
  assert.equal(run(build), (7n << 32n) | 2n);
});

test('the lowest lane alone leaves zeros above it', () => {
  assert.equal(
    run((s) => s.extract(s.lowest(s.known(32, 0xffff_ffff)), 64, 0)),
    0xffff_ffffn,
  );
  assert.equal(
    run((s) => s.extract(s.lowest(s.known(64, 5)), 64, 1)),
    0n,
  );
});

test('numbers of lanes, and those that go into lanes, are no integers in between', () => {
  const bits = 0x7ff4_0000_0000_0001n;
  const through = (s: Lanes, w: number): Val => {
    const vector = s.constant(w, [bits & ((1n << BigInt(w)) - 1n)]);
    const place = s.variable(vector);
    return s.extract(s.insert(s.get(place), 0, s.bits(s.float(s.extract(s.get(place), w, 0)))), 64, 0);
  };
  const stage = new Lanes();
  const number = stage.float(stage.extract(stage.get(stage.variable(stage.known(128, 1))), 64, 0));
  assert.equal(number.args[0]?.ty, 'v128');
  assert.equal(stage.insert(stage.known(128, 0), 0, stage.bits(number)).args[1], number);
  assert.equal(stage.float(stage.bits(number)), number);
  // A NaN that signals keeps its bits.
  assert.equal(
    run((s) => through(s, 64)),
    bits,
  );
  assert.equal(
    run((s) => through(s, 32)),
    1n,
  );
});

test('where all claims hold there is one value, else another; each claim is looked at where those before it hold', () => {
  const made = (...holds: readonly boolean[]): bigint =>
    run((s) => {
      const looked = s.variable(s.known(64, 0));
      const claims = holds.map((held) => (): Val => {
        s.set(looked, s.add(s.get(looked), s.known(64, 1)));
        return s.ne(s.get(looked), s.known(64, held ? 0 : 1));
      });
      const value = s.whereAll(claims, s.known(64, 0x100), () => s.known(64, 0x200));
      return s.or(value, s.get(looked));
    });
  assert.equal(made(true, true), 0x102n);
  assert.equal(made(false, true), 0x201n);
});
