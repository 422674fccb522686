import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../../measure/index.ts';
import { ownClock } from './clock.ts';
import { figuresOf } from './figures.ts';
import type { Arena, Contender, Session, SideName } from './session.ts';
import type { Answer } from './worker.ts';

const contender = (name: Contender['name'], others: Partial<Contender> = {}): Contender => ({
  ...{ name, network: 'bridge', root: 'copy', judgement: ownClock },
  ...others,
});

const arenaOf = (contenders: readonly Contender[]): Arena => ({ contenders, smallImage: 'busybox', image: 'busybox' }) as unknown as Arena;

const random = seeded(3);
/** A slice of 20 ms or so on a host whose speed changes from round to round. */
const slice = (times: number, load: number): Answer => {
  const ms = 20 * load * (1 + 0.01 * (random() - 0.5));
  const loops = Math.round(1000 / times);
  return { loops, wallMs: ms * ((times * loops) / 1000), cpuMs: ms * ((times * loops) / 1000), roundTripMs: ms * 1.2, chargedMs: null };
};

const sessionOf = (slowness: Readonly<Partial<Record<SideName, number>>>): Session => ({
  rounds: Array.from({ length: 5 }, () => {
    const load = 1 + 3 * random();
    return {
      work: 'call' as const,
      answers: new Map(Object.entries(slowness).map(([name, times]) => [name as SideName, slice(times ?? 1, load)] as const)),
    };
  }),
  madeMs: 0,
  starts: new Map([
    [
      'busybox',
      new Map<SideName, number>([
        ['host', 5],
        ['os-level', 80 + 10 * random()],
      ]),
    ],
  ]),
  idle: new Map([['os-level', 2 ** 19]]),
});

const find = (figures: ReturnType<typeof figuresOf>, what: string, subject: string) =>
  figures.find((one) => one.what === what && one.subject === subject)!;

test('techniques that are known to be slower by so much are told to be', () => {
  const arena = arenaOf([contender('os-level'), contender('paravirtualization')]);
  const sessions = Array.from({ length: 9 }, () => sessionOf({ host: 1, again: 1, 'os-level': 1.25, paravirtualization: 30 }));
  const figures = figuresOf(arena, sessions);
  for (const [subject, times] of [
    ['host', 1],
    ['os-level', 1.25],
    ['paravirtualization', 30],
  ] as const) {
    const { value, low, high, sessions: measured, samples } = find(figures, 'call', subject);
    assert.ok(Math.abs(value! / times - 1) < 0.01, `${subject}: ${value}`);
    assert.ok(low! <= value! && value! <= high! && high! / low! < 1.02, `${subject}: ${low} to ${high}`);
    assert.deepEqual([measured, samples], [9, 45]);
  }
});

test('what can’t be done is told with its reason, whoever it is that can’t', () => {
  const arena = arenaOf([contender('os-level')]);
  const rounds = [
    {
      work: 'direct' as const,
      answers: new Map<SideName, Answer>([
        ['host', slice(1, 1)],
        ['again', slice(1, 1)],
        ['os-level', { absent: 'open: Invalid argument' }],
      ]),
    },
    {
      work: 'latency' as const,
      answers: new Map<SideName, Answer>([
        ['host', { absent: 'connect: refused' }],
        ['again', { absent: 'connect: refused' }],
        ['os-level', slice(1, 1)],
      ]),
    },
  ];
  const figures = figuresOf(arena, [{ rounds, madeMs: 0, starts: new Map(), idle: new Map() }]);
  assert.deepEqual(
    [find(figures, 'direct', 'os-level').value, find(figures, 'direct', 'os-level').reason],
    [null, 'open: Invalid argument'],
  );
  assert.equal(find(figures, 'latency', 'os-level').reason, 'on the bare host: connect: refused');
  assert.equal(find(figures, 'start', 'os-level').reason, 'it was not measured');
  assert.match(find(figures, 'memory-idle', 'os-level').reason ?? '', /can’t tell/);
});

test('a technique that was lost keeps what was measured until then, with why', () => {
  const arena = arenaOf([contender('os-level', { lost: 'os-level gave no answer to fork' })]);
  const { value, reason } = find(figuresOf(arena, [sessionOf({ host: 1, again: 1, 'os-level': 2 })]), 'call', 'os-level');
  assert.ok(value! > 1.9 && value! < 2.1);
  assert.equal(reason, 'os-level gave no answer to fork');
});

test('starts are told in milliseconds beside the bare host’s, and memory with how many fit', () => {
  const figures = figuresOf(
    arenaOf([contender('os-level')]),
    Array.from({ length: 6 }, () => sessionOf({ host: 1, again: 1, 'os-level': 1 })),
  );
  const start = find(figures, 'start', 'os-level');
  assert.ok(start.value! >= 80 && start.value! <= 90);
  assert.equal(start.host, 5_000_000);
  assert.deepEqual([find(figures, 'memory-idle', 'os-level').value, find(figures, 'density', 'os-level').value], [0.5, 2048]);
});
