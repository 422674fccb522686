import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Pc } from '../../board/index.ts';
import { layersIn, ownMemory } from '../../jail/root/layers.ts';
import { engine } from '../engine/index.ts';
import { factsOf, type Shape } from '../process/description.ts';
import { saveSnapshot } from '../snapshot/index.ts';
import type { Machine } from './machine.ts';
import { takeUp } from './moment.ts';
import { sign } from './signature.ts';

const shape = { memoryBytes: 2 * 1024 ** 2, cards: 0 };

/** One that is off and has a moment to go on from. */
const taken = async (t: TestContext, saved: Shape = shape) => {
  const store = mkdtempSync(join(tmpdir(), 'isola-moment-'));
  t.after(() => rmSync(store, { recursive: true }));
  const layers = layersIn(store);
  const memory = join(layers, ownMemory);
  mkdirSync(layers);
  const pc = new Pc({ engine: engine('off'), memoryBytes: shape.memoryBytes, startSeconds: 0, lines: [] });
  saveSnapshot(pc, memory, factsOf(saved));
  // As much of it as is asked for.
  const machine = {
    ...{ place: { lasting: store }, pid: null, surroundings: { store, alone: (_: string, __: string, work: () => unknown) => work() } },
    shape,
  } as unknown as Machine;
  await sign(machine.surroundings, layers, memory);
  return { machine, memory, layers };
};

test('a machine goes on from a moment once', async (t) => {
  const { machine, layers } = await taken(t);
  assert.deepEqual(await takeUp(machine), { path: join(layers, 'resumed'), as: 'itself', shape: { ...shape, level: undefined } });
  assert.equal(await takeUp(machine), undefined);
  assert.deepEqual(readdirSync(layers), []);
});

test('one that is to have less memory by now has what it had, and lends the rest', async (t) => {
  const { machine, layers } = await taken(t);
  const less = { ...machine, shape: { ...shape, memoryBytes: 1024 ** 2 } } as unknown as Machine;
  assert.deepEqual(await takeUp(less), { path: join(layers, 'resumed'), as: 'itself', shape: { ...shape, level: undefined } });
});

test('one whose processor had what a level names has that again, whatever others have on this host', async (t) => {
  const saved = { ...shape, level: 'x86-64-v2' } as const;
  const { machine, layers } = await taken(t, saved);
  assert.deepEqual(await takeUp(machine), { path: join(layers, 'resumed'), as: 'itself', shape: saved });
});

test('one of another version is refused by that, and the next start boots', async (t) => {
  const { machine, memory } = await taken(t);
  const whole = readFileSync(memory);
  const end = whole.indexOf('\n');
  const line = whole.toString('utf8', 0, end).replace('"version":1,', '"version":9,');
  const digest = createHash('sha256').update(line).digest('hex');
  writeFileSync(memory, Buffer.concat([Buffer.from(`${line}\n{"sha256":"${digest}"}`), whole.subarray(whole.indexOf('\n', end + 1))]));
  await assert.rejects(takeUp(machine), /can't be restored: it was written in version 9 of snapshots, and this isola reads version 1/);
  assert.equal(await takeUp(machine), undefined);
});

test('one of another computer is refused by what is other, and goes on once that is as it was', async (t) => {
  const { machine, memory, layers } = await taken(t);
  const other = { ...machine, shape: { ...shape, memoryBytes: 3 * 1024 ** 2 } } as unknown as Machine;
  await assert.rejects(takeUp(other), /it was made with another memory: 2 MiB, and here it is 3 MiB/);
  assert.ok(existsSync(memory));
  assert.deepEqual(await takeUp(machine), { path: join(layers, 'resumed'), as: 'itself', shape: { ...shape, level: undefined } });
});
