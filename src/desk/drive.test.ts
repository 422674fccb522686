/** A computer that mostly waits, on a host whose timers come when they like. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pause } from '../board/index.ts';
import { type Instant, instant, millis, type Span, span, Timeline } from '../machine/index.ts';
import { Drive } from './drive.ts';
import type { Timers } from './timers.ts';

const msNs = 1_000_000n;

/** Timers as libuv has them: they count whole milliseconds, from the last whole one on. Time passes as they fire. */
class Host implements Timers {
  now: bigint;
  #waiting: { readonly at: bigint; readonly what: () => void } | undefined;

  constructor(now: bigint) {
    this.now = now;
  }

  after(ms: number, what: () => void): () => void {
    this.#waiting = { at: (this.now / msNs + BigInt(Math.trunc(ms))) * msNs, what };
    return () => {
      this.#waiting = undefined;
    };
  }

  async turn(): Promise<void> {}

  /** Until somebody waits, and then until that is due. */
  async pass(): Promise<void> {
    while (this.#waiting === undefined) await Promise.resolve();
    const { at, what } = this.#waiting;
    if (at > this.now) this.now = at;
    what();
  }
}

/** Waits for a timer of its own, again and again; each run takes a while. */
const ticking = (host: Host, period: Span, workNs: bigint) => {
  const clock = new Timeline(instant(host.now));
  const seen = { runs: 0, ticks: 0, latestNs: 0n };
  let next: Instant = instant(host.now + period);
  const run = (): Pause => {
    seen.runs++;
    for (; next <= host.now; next = instant(next + period)) {
      seen.ticks++;
      if (host.now - next > seen.latestNs) seen.latestNs = host.now - next;
    }
    host.now += workNs;
    clock.advance(instant(host.now));
    return { why: 'idle', until: next };
  };
  return { seen, pc: { clock, run } as unknown as ConstructorParameters<typeof Drive>[0] };
};

const watch = async (period: Span, workNs: bigint, ticks: number) => {
  const host = new Host(123_456_789n);
  const { seen, pc } = ticking(host, period, workNs);
  const drive = new Drive(pc, host);
  const end = drive.run({ feed: () => false, look: () => {} });
  while (seen.ticks < ticks) await host.pass();
  drive.stop();
  await end;
  return seen;
};

test('a computer that waits for its timer 18.2 times a second wakes once for each', async () => {
  const seen = await watch(span(54_925_417n), 300_000n, 500);
  assert.equal(seen.runs, seen.ticks + 1);
  assert.ok(seen.latestNs < 2n * msNs, `${seen.latestNs} ns late`);
});

test('a timer that comes each few milliseconds comes no later than the next whole one', async () => {
  for (const period of [millis(1), span(976_562n), millis(4), millis(10)]) {
    const seen = await watch(period, 50_000n, 1000);
    assert.ok(seen.latestNs <= msNs, `${seen.latestNs} ns late, of ${period}`);
  }
});

test('one that has nothing to wait for sleeps until it is woken, and only then is anything given to it', async () => {
  let [runs, fed] = [0, 0];
  const run = (): Pause => {
    runs++;
    return { why: 'idle', until: undefined };
  };
  const host = new Host(0n);
  const drive = new Drive({ clock: new Timeline(), run } as unknown as ConstructorParameters<typeof Drive>[0], host);
  const feed = (): boolean => {
    fed++;
    return false;
  };
  const end = drive.run({ feed, look: () => {} });
  for (let turns = 0; turns < 100; turns++) await Promise.resolve();
  assert.deepEqual([runs, fed], [1, 2]);
  drive.wake();
  for (let turns = 0; turns < 100; turns++) await Promise.resolve();
  assert.deepEqual([runs, fed], [2, 4]);
  drive.stop();
  assert.equal(await end, undefined);
});
