import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { Pc } from '../board/index.ts';
import { engine } from './engine/index.ts';
import { Tidying, thinOut, tidy } from './tidy.ts';

const mib = 1024 ** 2;
/** Objects of V8's, and pieces of the C library's that are too small to be mappings of their own. */
const litter = (): void => {
  const kept: unknown[] = [];
  for (let at = 0; at < 300_000; at++) kept.push({ at, text: `${at} `.repeat(4), list: [at, at, at] });
  for (let at = 0; at < 1000; at++) kept.push(Buffer.allocUnsafeSlow(65_536).fill(1));
};

test('what nobody needs any more is the host’s again', async () => {
  litter();
  const before = process.memoryUsage.rss();
  const alive = setTimeout(() => {}, 60_000);
  await tidy();
  clearTimeout(alive);
  const after = process.memoryUsage.rss();
  assert.ok(before - after > 60 * mib, `${before / mib} MiB became ${after / mib}`);
});

test('a computer that rests after its work gives it back, and nobody looks any more until it works again', async (t) => {
  using tidying = new Tidying();
  const timers = t.mock.method(globalThis, 'setTimeout').mock;
  litter();
  tidying.worked();
  for (const until = performance.now() + 1500; performance.now() < until; );
  const before = process.memoryUsage.rss();
  for (let left = 100; before - process.memoryUsage.rss() < 40 * mib; left--) {
    assert.ok(left > 0, 'nothing was given back in 10 s');
    await pause(100);
  }
  const looks = timers.callCount();
  await pause(2500);
  assert.equal(timers.callCount(), looks);
  tidying.worked();
  tidying.worked();
  assert.equal(timers.callCount(), looks + 1);
});

test('a computer that works all the time, of which a busy host lets it little, doesn’t rest', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let user = 1_100_000;
  t.mock.method(process, 'cpuUsage', () => ({ user, system: 0 }));
  let times = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const forget = (): [] => {
    times++;
    resolve();
    return [];
  };
  using tidying = new Tidying(forget);
  for (let look = 0; look < 5; look++) {
    for (let run = 0; run < 30; run++) tidying.worked();
    user += 100_000;
    t.mock.timers.tick(2000);
    await turn();
  }
  assert.equal(times, 0);
  t.mock.timers.tick(2000);
  await promise;
});

test('a computer that never rests gives it back, too, after so much work', async () => {
  using tidying = new Tidying(() => [], 1000);
  litter();
  const before = process.memoryUsage.rss();
  tidying.worked();
  const began = performance.now();
  while (before - process.memoryUsage.rss() < 40 * mib) {
    assert.ok(performance.now() - began < 20_000, 'nothing was given back in 20 s');
    for (const until = performance.now() + 100; performance.now() < until; );
    await pause(1);
  }
});

test('of processors that take turns each forgets what it seldom ran', (t) => {
  const plan = { engine: engine('off'), memoryBytes: 2 * mib, startSeconds: 0, lines: [] };
  for (const processors of [1, 3]) {
    const { allEmulated } = new Pc({ ...plan, processors });
    const forgets = allEmulated.map(({ code }) => t.mock.method(code, 'thinOut').mock);
    const unused = thinOut({ allEmulated });
    assert.equal(unused.length, processors);
    assert.ok(unused.every(({ length }) => length > mib));
    assert.equal(new Set(unused.map(({ byteOffset }) => byteOffset)).size, processors);
    assert.deepEqual(
      forgets.map((forget) => forget.callCount()),
      forgets.map(() => 1),
    );
  }
});
