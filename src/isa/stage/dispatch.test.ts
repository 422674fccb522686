import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine } from '../runtime/engine.ts';
import { moduleOf } from './module.ts';
import { opcode } from './opcode.ts';
import { Stage } from './stage.ts';
import type { Val } from './value.ts';

/** A machine whose program is bytes from its parameter on, and whose only register is at 0: numbers add to it, double it, or skip a byte if it is odd; 1, and 4 and above, are unknown. */
const machine = (): Stage => {
  const stage = new Stage(['i32']);
  const next = (s: Stage): Val => s.parameter(0, 32);
  const register = (s: Stage): Val => s.load(32, s.known(32, 0));
  const proceed = (s: Stage, bytes: Val): void => {
    s.do([opcode['local.set'], 0], s.add(next(s), bytes));
    s.redispatch();
  };
  const one = (work: (s: Stage) => void): Stage => {
    const s = new Stage(['i32']);
    work(s);
    return s;
  };
  const cases = [
    one((s) => {
      const before = register(s);
      s.store(s.add(before, s.add(s.shl(before, 8), s.known(32, 5))), s.known(32, 0));
      proceed(s, s.known(32, 1));
    }),
    undefined,
    one((s) => {
      s.store(s.shl(register(s), 1), s.known(32, 0));
      proceed(s, s.known(32, 1));
    }),
    one((s) => {
      const wide = s.zext(register(s), 64);
      s.when(s.bit(s.add(wide, wide), 1), () => proceed(s, s.known(32, 2)));
      proceed(s, s.known(32, 1));
    }),
  ];
  stage.dispatch(
    () => stage.zext(stage.load(8, next(stage)), 32),
    cases,
    (number) => stage.do([opcode.return], stage.add(stage.shl(number, 16), next(stage))),
  );
  return stage;
};

const known = [0, 2, 3];

const expected = (program: readonly number[], from: number): { readonly register: number; readonly result: number } => {
  let [register, at] = [0, 0];
  for (;;) {
    const number = program[at]!;
    if (number === 1 || number > 3) return { register, result: (number << 16) + from + at };
    if (number === 0) register = (register + (register << 8) + 5) | 0;
    if (number === 2) register = (register << 1) | 0;
    at += number === 3 && (register & 1) === 1 ? 2 : 1;
  }
};

test('a dispatch goes from case to case until one is unknown', () => {
  const { bytes } = moduleOf({
    imports: {},
    functions: [{ name: 'run', stage: machine(), results: ['i32'] }],
    table: { names: [], signature: { parameters: [], results: [] } },
    exports: ['run'],
  });
  const memory = new engine.Memory({ initial: 1 });
  const view = new DataView(memory.buffer);
  const { exports } = new engine.Instance(new engine.Module(bytes), { host: { memory } });
  let seed = 1;
  const roll = (): number => {
    seed = (seed * 48_271) % 0x7fff_ffff;
    return seed >> 8;
  };
  for (let round = 0; round < 300; round++) {
    const program = [...Array.from({ length: roll() % 60 }, () => known[roll() % 3]!), roll() % 2 === 0 ? 1 : 4 + (roll() % 200), 7];
    const from = 64 + (roll() % 500);
    for (const [at, byte] of program.entries()) view.setUint8(from + at, byte);
    view.setInt32(0, 0, true);
    const { register, result } = expected(program, from);
    assert.equal((exports['run'] as (at: number) => number)(from), result);
    assert.equal(view.getInt32(0, true), register);
  }
});
