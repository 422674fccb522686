import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Pc } from '../../board/index.ts';
import { ownPages } from '../../host/kernel/own-pages.ffi.ts';
import { engine } from '../engine/index.ts';
import { Aside, adopt, bySlices, Capture, type Held, Snapshot, saveCapture, saveSnapshot } from './index.ts';

const pageBytes = 4096;
const place = mkdtempSync(join(tmpdir(), 'isola-capture-'));
after(() => rmSync(place, { recursive: true }));
const skip = existsSync('/proc/self/pagemap') ? false : 'this kernel has no pagemap';
const facts = { computer: {}, media: {}, notes: {} };

const made = (): Pc => new Pc({ engine: engine('off'), memoryBytes: 2 * 1024 ** 2, startSeconds: 0, lines: [] });

const fill = (pc: Pc, value: number, ...pages: readonly number[]): void => {
  for (const page of pages) pc.memory.fill(value, page * pageBytes, (page + 1) * pageBytes);
};

/** Without the first line, which says when it was written, and the second, which has the first's checksum. */
const behindHeader = (path: string): Buffer => {
  const bytes = readFileSync(path);
  const { made: _, ...header } = JSON.parse(bytes.toString('utf8', 0, bytes.indexOf('\n')));
  return Buffer.concat([Buffer.from(JSON.stringify(header)), bytes.subarray(bytes.indexOf('\n', bytes.indexOf('\n') + 1))]);
};

const running = (): { readonly pc: Pc; readonly from: Snapshot } => {
  const first = made();
  fill(first, 7, 3, 4, 5, 77, 255, 256);
  saveSnapshot(first, join(place, 'outset'), facts);
  const from = new Snapshot(join(place, 'outset'));
  const pc = made();
  from.restore(pc, { facts, isMapped: true });
  return { pc, from };
};

for (const told of [ownPages, () => undefined])
  test(`what was captured is the computer of then, though it goes on: the same file as if it had stood still (${told.name || 'on a kernel that doesn’t tell'})`, async () => {
    const { pc, from } = running();
    // One that the file has, one beside it, one that is empty again, one that nobody knew.
    fill(pc, 8, 4, 6, 300);
    fill(pc, 0, 77);
    pc.chips.keyboard.press('KeyA');
    saveSnapshot(pc, join(place, 'still'), facts);
    using capture = new Capture(pc, { from }, told);
    fill(pc, 9, 3, 4, 5, 6, 100, 300);
    pc.chips.keyboard.press('KeyB');
    await saveCapture(capture, join(place, 'moment'), facts, new AbortController().signal);
    from[Symbol.dispose]();
    assert.ok(behindHeader(join(place, 'moment')).equals(behindHeader(join(place, 'still'))));
  });

test('only what was written is copied', { skip }, () => {
  const { pc, from } = running();
  const copied = (): number => {
    using capture = new Capture(pc, { from });
    return capture.copiedBytes / pageBytes;
  };
  const before = copied();
  assert.equal(pc.memory[255 * pageBytes], 7);
  fill(pc, 8, 4, 77);
  assert.equal(copied(), before + 2);
  from[Symbol.dispose]();
});

test('one that is given up, or finds no place, leaves nothing', async () => {
  const { pc, from } = running();
  using capture = new Capture(pc, { from });
  const over = AbortSignal.abort();
  await assert.rejects(saveCapture(capture, join(place, 'none'), facts, over), /none can't be written/);
  await assert.rejects(saveCapture(capture, join(place, 'nowhere', 'moment'), facts, new AbortController().signal), /can't be written/);
  assert.ok(!existsSync(join(place, 'none')));
  from[Symbol.dispose]();
});

suite('what was put aside', { skip }, () => {
  const never = new AbortController().signal;
  const copied = (pc: Pc, held: Held): number => {
    using capture = new Capture(pc, held);
    return capture.copiedBytes / pageBytes;
  };

  test('is not copied, but what was written since: the file is the same', async () => {
    const { pc, from } = running();
    using aside = new Aside(pc.memory);
    fill(pc, 8, 4, 6, 300);
    fill(pc, 0, 77);
    await bySlices(aside.move(), never);
    assert.equal(copied(pc, { from, aside }), 0);
    fill(pc, 5, 6, 255, 310);
    assert.deepEqual(
      [4, 77, 300].map((page) => pc.memory[page * pageBytes]),
      [8, 0, 8],
    );
    assert.equal(copied(pc, { from, aside }), 3);
    saveSnapshot(pc, join(place, 'still'), facts);
    using capture = new Capture(pc, { from, aside });
    fill(pc, 9, 3, 4, 6, 100, 300);
    await saveCapture(capture, join(place, 'moment'), facts, never);
    from[Symbol.dispose]();
    assert.ok(behindHeader(join(place, 'moment')).equals(behindHeader(join(place, 'still'))));
  });

  test('is left once the file is whole, which is the computer’s memory from then on, but for what it has written since', async () => {
    const { pc, from } = running();
    fill(pc, 8, 4, 6, 300);
    const path = join(place, 'adopted');
    using aside = new Aside(pc.memory);
    await bySlices(aside.move(), never);
    {
      using capture = new Capture(pc, { from, aside });
      await saveCapture(capture, path, facts, never);
    }
    from[Symbol.dispose]();
    // Two of five in one run, all of another, and one that held nothing.
    fill(pc, 9, 3, 5, 300, 320);
    using whole = new Snapshot(path);
    assert.ok(await bySlices(adopt(pc, whole), never));
    aside.empty();
    assert.equal(copied(pc, { from: whole }), 4);
    assert.deepEqual(
      [4, 5, 6, 77, 300, 320].map((page) => pc.memory[page * pageBytes]),
      [8, 9, 8, 7, 9, 9],
    );
    saveSnapshot(pc, join(place, 'still'), facts);
    using capture = new Capture(pc, { from: whole });
    await saveCapture(capture, join(place, 'moment'), facts, never);
    assert.ok(behindHeader(join(place, 'moment')).equals(behindHeader(join(place, 'still'))));
  });
});
