import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine } from '../runtime/engine.ts';
import { moduleOf } from './module.ts';
import { opcode } from './opcode.ts';
import { Stage } from './stage.ts';
import type { Val } from './value.ts';

/** What a function of one number returns, which begins with its memory as zeros. */
const run = (make: (s: Stage, given: Val) => Val, given: number): number => {
  const stage = new Stage(['i32']);
  stage.do([opcode.return], make(stage, stage.parameter(0, 32)));
  const { bytes } = moduleOf({
    imports: {},
    functions: [{ name: 'run', stage, results: ['i32'] }],
    table: { names: [], signature: { parameters: [], results: [] } },
    exports: ['run'],
  });
  const memory = new engine.Memory({ initial: 1 });
  const { exports } = new engine.Instance(new engine.Module(bytes), { host: { memory } });
  return (exports['run'] as (given: number) => number)(given);
};

test('what a variable was when it was looked at stays, whatever it is set to', () => {
  const swapped = (s: Stage, given: Val): Val => {
    const [a, b] = [s.variable(given), s.variable(s.known(32, 7))];
    const [one, other] = [s.get(a), s.get(b)];
    s.set(a, other);
    s.set(b, one);
    return s.sub(s.get(a), s.get(b));
  };
  assert.equal(run(swapped, 3), 4);
});

test('it stays on both sides of a claim, of which one sets it', () => {
  const made = (s: Stage, given: Val): Val => {
    const [a, result] = [s.variable(given), s.variable(s.known(32, 0))];
    const before = s.get(a);
    s.when(
      s.eqz(s.sub(given, s.known(32, 3))),
      () => s.set(a, s.known(32, 100)),
      () => s.set(result, before),
    );
    return s.add(s.add(s.get(result), s.get(a)), s.shl(before, 8));
  };
  assert.equal(run(made, 3), 100 + 0x300);
  assert.equal(run(made, 4), 4 + 4 + 0x400);
});

test('it stays through a loop that sets it behind where it is looked at', () => {
  const made = (s: Stage, given: Val): Val => {
    const [count, sum] = [s.variable(given), s.variable(s.known(32, 0))];
    const first = s.get(count);
    s.repeat(() => {
      s.set(sum, s.add(s.get(sum), first));
      const rest = s.sub(s.get(count), s.known(32, 1));
      s.set(count, rest);
      return s.nez(rest);
    });
    return s.get(sum);
  };
  assert.equal(run(made, 5), 25);
});

test('what is read from memory is what was there then', () => {
  const made = (s: Stage, given: Val): Val => {
    const at = s.known(32, 16);
    s.store(given, at);
    const before = s.load(32, at);
    s.store(s.known(32, 1), at);
    return s.sub(before, s.load(32, at));
  };
  assert.equal(run(made, 9), 8);
});

test('of two reads the first comes first, though what uses them wants the second first', () => {
  const made = (s: Stage, given: Val): Val => {
    const at = s.known(32, 16);
    s.store(given, at);
    // As a function that is called: it reads, and changes what others read.
    const counted = (): Val => {
      const old = s.load(32, at);
      s.store(s.add(old, s.known(32, 1)), at);
      return old;
    };
    const [first, second] = [counted(), counted()];
    return s.sub(second, s.shl(first, 4));
  };
  assert.equal(run(made, 1), 2 - 16);
});

test('nothing is made of what nothing leads to', () => {
  const made = (s: Stage, given: Val): Val => {
    const result = s.variable(given);
    s.labelled('behind', (out) => {
      s.when(
        s.eqz(given),
        () => {
          s.set(result, s.known(32, 5));
          s.go(out);
          s.set(result, s.known(32, 6));
        },
        () => s.go(out),
      );
      s.set(result, s.known(32, 7));
    });
    return s.get(result);
  };
  assert.equal(run(made, 0), 5);
  assert.equal(run(made, 3), 3);
});
