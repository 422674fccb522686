import assert from 'node:assert/strict';
import { test } from 'node:test';
import { State, X87Control, X87Status } from './state.ts';
import { x87Of, x87Operation } from './x87.ts';

/** A processor after FNINIT, with some memory behind its state. */
const fresh = (control: number = X87Control.initial) => {
  const memory = new DataView(new ArrayBuffer(State.size + 512));
  memory.setUint16(State.x87Control, control, true);
  const perform = x87Of(memory);
  return {
    memory,
    place: State.size,
    perform: (name: string, index = 0) => perform(x87Operation(name), index, State.size),
    load(value: number): void {
      memory.setFloat64(State.size, value, true);
      perform(x87Operation('fld m64'), 0, State.size);
    },
    get top(): bigint {
      const at = State.x87 + 16 * ((memory.getUint16(State.x87Status, true) >> 11) & 7);
      return memory.getBigUint64(at, true) | (BigInt(memory.getUint16(at + 8, true)) << 64n);
    },
    get status(): number {
      return memory.getUint16(State.x87Status, true);
    },
  };
};

test('a third has 64 bits, or as many as PC leaves', () => {
  const thirds = [0x37f, 0x27f, 0x07f].map((control) => {
    const unit = fresh(control);
    unit.load(1);
    unit.load(3);
    unit.perform('fdiv pop', 1);
    return unit.top;
  });
  assert.deepEqual(thirds, [0x3ffd_aaaa_aaaa_aaaa_aaabn, 0x3ffd_aaaa_aaaa_aaaa_a800n, 0x3ffd_aaaa_ab00_0000_0000n]);
});

test('a ninth number finds no room, and what is beyond the stack is told as that', () => {
  const unit = fresh();
  for (let count = 0; count < 9; count++) unit.load(count);
  assert.equal(unit.top, 0xffff_c000_0000_0000_0000n);
  assert.equal(unit.status & (X87Status.stackFault | X87Status.c1 | 1), X87Status.stackFault | X87Status.c1 | 1);
});

test('an unmasked quotient by zero leaves the dividend, and awaits the next instruction', () => {
  const unit = fresh(0x37b);
  unit.load(0);
  unit.load(2);
  unit.perform('fdiv st', 1);
  assert.equal(unit.top, 0x4000_8000_0000_0000_0000n);
  assert.equal(unit.status & X87Status.summary, X87Status.summary);
});

test('what is too large, unmasked, is told with its exponent moved by 24,576', () => {
  const unit = fresh(0x377);
  const huge = 0x7ffe_8000_0000_0000_0000n;
  unit.memory.setBigUint64(unit.place, BigInt.asUintN(64, huge), true);
  unit.memory.setUint16(unit.place + 8, 0x7ffe, true);
  unit.perform('fld m80');
  unit.perform('fmul st');
  assert.equal(unit.top >> 64n, 0x7ffen + 0x7ffen - 0x3fffn - 24_576n);
});

test('18 digits go to memory and come back', () => {
  const unit = fresh();
  unit.load(-123_456_789_012_345);
  unit.perform('fbstp');
  assert.deepEqual(
    Array.from({ length: 10 }, (_, at) => unit.memory.getUint8(unit.place + at)),
    [0x45, 0x23, 0x01, 0x89, 0x67, 0x45, 0x23, 0x01, 0x00, 0x80],
  );
  unit.perform('fbld');
  unit.perform('fstp m64');
  assert.equal(unit.memory.getFloat64(unit.place, true), -123_456_789_012_345);
});

test('FSAVE leaves the unit as FNINIT does, FRSTOR brings all back', () => {
  const unit = fresh();
  for (const value of [1, -2.5, 1e300]) unit.load(value);
  const before = { top: unit.top, status: unit.status };
  unit.perform('fnsave 32');
  assert.equal(unit.status, 0);
  unit.perform('frstor 32');
  assert.deepEqual({ top: unit.top, status: unit.status }, before);
});
