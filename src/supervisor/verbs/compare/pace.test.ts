import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Pace, runSessions } from './pace.ts';
import type { Arena, Session } from './session.ts';

/** A clock that moves only where something takes time. */
const paced = async (t: { mock: { method: typeof import('node:test').mock.method } }, pace: Pace, madeMs: number, roundMs: number) => {
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const rounds: number[] = [];
  await runSessions({} as Arena, pace, async (_, count) => {
    rounds.push(count);
    nowMs += madeMs + roundMs * count;
    return { madeMs, rounds: [], starts: new Map(), idle: new Map() } satisfies Session;
  });
  return { rounds, seconds: nowMs / 1000 };
};

const quick: Pace = { effort: 'quick', seconds: 100, sessions: 9 };

test('what is fast has all its sessions, and rounds until the time is used', async (t) => {
  const { rounds, seconds } = await paced(t, quick, 3000, 1500);
  assert.equal(rounds.length, 9);
  assert.ok(seconds > 85 && seconds <= 100, `${seconds}`);
});

test('what is slow has a round for each session, and fewer sessions where even that is too much', async (t) => {
  const { rounds, seconds } = await paced(t, quick, 12_000, 3000);
  assert.deepEqual([rounds.length, rounds.at(-1)], [6, 1]);
  assert.ok(seconds <= 100, `${seconds}`);
});

test('what takes longer than all the time there is has three sessions', async (t) => {
  assert.deepEqual((await paced(t, quick, 60_000, 20_000)).rounds, [2, 1, 1]);
});
