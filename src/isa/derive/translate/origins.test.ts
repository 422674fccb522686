import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { State } from '../../runtime/state.ts';
import { Stage, type Val, Variable } from '../../stage/index.ts';
import { Origins } from './origins.ts';

const place = State.gpr;

const stage = () => {
  const x = new Stage();
  const origins = new Origins(x);
  const register = new Variable('i64', 64);
  const read = (): Val => {
    const value = x.get(register);
    origins.read(place, value);
    return value;
  };
  const write = (value: Val): void => {
    x.set(register, value);
    origins.write(place, value);
  };
  /** How far one lies behind another, where that is known. */
  const between = (one: Val, other: Val): bigint | undefined => {
    const [a, b] = [origins.of(one), origins.of(other)];
    return a.origin === b.origin ? b.plus - a.plus : undefined;
  };
  return { x, origins, read, write, between };
};

suite('origins', () => {
  test('what is added to a register is known, also once it was set to that', () => {
    const { x, read, write, between } = stage();
    const first = read();
    assert.equal(between(first, x.add(read(), x.known(64, 24))), 24n);
    write(x.sub(read(), x.known(64, 8)));
    assert.equal(between(first, x.add(read(), x.known(64, 24))), 16n);
    write(x.mul(read(), read()));
    assert.equal(between(first, read()), undefined);
    assert.equal(between(read(), x.add(x.known(64, 5), read())), 5n);
  });

  test('of two that are added, and of one that is shifted, as long as they are the same', () => {
    const { x, read, write, between } = stage();
    const other = x.load(64, x.known(32, 0));
    const sum = (plus: number): Val => x.add(x.add(read(), x.shl(x.add(other, x.known(64, 2)), 3)), x.known(64, plus));
    assert.equal(between(sum(0), sum(4)), 4n);
    assert.equal(between(x.add(read(), x.shl(other, 3)), sum(0)), 16n);
    const before = sum(0);
    write(x.load(64, x.known(32, 0)));
    assert.equal(between(before, sum(0)), undefined);
  });

  test('what was set where it may not have been is nothing that is known', () => {
    const { x, read, write, between } = stage();
    const first = read();
    x.when(x.nez(first), () => {
      write(x.add(read(), x.known(64, 8)));
      assert.equal(between(first, read()), 8n);
    });
    assert.equal(between(first, read()), undefined);
  });

  test('a sum of 32 bits that stands in 64 is another one than that of 64, and is the same in 32', () => {
    const { x, read, between } = stage();
    const sum = (plus: number): Val => x.add(x.truncate(read(), 32), x.known(32, plus));
    const [near, far] = [x.zext(sum(0), 64), x.zext(sum(4), 64)];
    assert.equal(between(near, far), undefined);
    assert.equal(between(near, x.add(near, x.known(64, 8))), 8n);
    assert.equal(between(x.truncate(near, 32), x.truncate(x.add(far, x.known(64, 8)), 32)), 12n);
  });

  test('elsewhere it is what it was there', () => {
    const { x, origins, read, write, between } = stage();
    const first = read();
    const { now } = origins;
    write(x.add(read(), x.known(64, 8)));
    assert.equal(between(first, read()), 8n);
    origins.now = now;
    assert.equal(between(first, read()), 0n);
  });
});
