import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { State } from '../isa/index.ts';
import type { Engine } from './engine.ts';
import type { Owner } from './owner.ts';
import { Bare } from './stage/bare.ts';
import { protectedEngine } from './stage/guest.ts';

const [rax, rsi, rdi] = [0, 6, 7].map((number) => State.gpr + 8 * number) as [number, number, number];

/** RDTSC with a comparison, over and over, of which EDI counts those that go back; ESI has the last. */
const asks = [0x0f, 0x31, 0x39, 0xf0, 0x73, 0x02, 0xff, 0xc7, 0x89, 0xc6, 0xeb, 0xf4];
/** Instructions of a turn. */
const each = 5;

suite('time between two looks at a clock', () => {
  let engine: Engine;
  before(() => {
    engine = protectedEngine();
  });

  /** A clock that goes by so many ticks each time it is asked. */
  class Clock {
    time = 1000n;
    asked = 0;
    step: bigint;

    constructor(step: bigint) {
      this.step = step;
    }

    readonly now = (): bigint => {
      this.asked++;
      this.time += this.step;
      return this.time;
    };
  }

  const guest = (owner: Owner, code: readonly number[] = asks): Bare => new Bare(engine, code, owner);
  const run = (one: Bare, pieces: number): void => {
    for (let piece = 0; piece < pieces; piece++) one.processor.run(100_000);
  };

  test('is reckoned from instructions, never goes back, and is near what the clock says', () => {
    const clock = new Clock(10_000n);
    const one = guest({ now: clock.now });
    run(one, 4);
    const before = clock.asked;
    run(one, 40);
    assert.ok(clock.asked - before < 40 * 10, `asked ${clock.asked - before} times`);
    assert.equal(one.get(rdi), 0n);
    const last = one.get(rsi);
    assert.ok(last <= clock.time && clock.time - last < 30_000n, `${last} of ${clock.time}`);
  });

  test('never goes back where the clock stands', () => {
    const clock = new Clock(10_000n);
    const one = guest({ now: clock.now });
    run(one, 5);
    clock.step = 0n;
    run(one, 5);
    assert.equal(one.get(rdi), 0n);
    const ahead = one.get(rsi) - clock.time;
    assert.ok(ahead > 0n && ahead < 20_000n, `${ahead}`);
  });

  test('never goes back within one run either, where the clock is found behind what was reckoned', () => {
    const clock = new Clock(10_000n);
    const one = guest({ now: clock.now });
    run(one, 5);
    clock.step = 0n;
    one.processor.run(5_000_000);
    assert.equal(one.get(rdi), 0n);
  });

  test('is asked for behind whatever a device may have told, by which programs measure it', () => {
    const clock = new Clock(1n);
    // IN, RDTSC, over and over.
    const one = guest({ now: clock.now }, [0xe4, 0x80, 0x0f, 0x31, 0xeb, 0xfa]);
    run(one, 4);
    const before = clock.asked;
    run(one, 1);
    assert.ok(clock.asked - before >= 33_333, `asked ${clock.asked - before} times`);
    assert.ok(clock.time - one.get(rax) < 4n);
  });

  test('is asked for where others ask the same clock', () => {
    const clock = new Clock(1n);
    const one = guest({ now: clock.now, topology: { apicId: 0, processors: 2 } });
    one.processor.run(100_000);
    assert.ok(clock.asked >= 100_000 / each);
  });

  test('is counted where nobody tells it', () => {
    const one = guest({});
    one.processor.run(100_001);
    assert.equal(one.get(rax), 100_001n);
  });
});
