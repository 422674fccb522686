/** Turns of a processor: what is done at their begin and at their end, and what the host takes of them. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Activity, State } from '../isa/index.ts';
import type { Exit, Turn } from '../machine/index.ts';
import type { Pause } from './pause.ts';
import { Share } from './share.ts';
import { isReady, runTurn } from './turn.ts';

/** What a turn is told, and wants. */
const stage = ({ wantsFlush = false, isKicked = false, activity = Activity.active as number, irr = 0 } = {}) => {
  const told: string[] = [];
  const state = new DataView(new ArrayBuffer(0x1000));
  state.setUint32(State.activity, activity, true);
  const turn: Turn & { isKicked: boolean } = {
    isKicked,
    begin: () => {
      told.push('begin');
      return wantsFlush;
    },
    end: () => void told.push('end'),
    waited: (ns) => void told.push(`waited ${ns}`),
    takeKick: () => {
      turn.isKicked = false;
    },
  };
  const processor = {
    state,
    flush: (isLocal?: boolean) => void told.push(isLocal === true ? 'flush local' : 'flush'),
    apic: { state: { highest: () => irr } },
  } as unknown as Parameters<typeof runTurn>[0];
  const run = (exit: Exit, kickedMeanwhile = false): Exit =>
    runTurn(processor, turn, () => {
      told.push(`run ${state.getUint32(State.activity, true)}`);
      if (kickedMeanwhile) turn.isKicked = true;
      return exit;
    });
  return { told, turn, processor, run };
};

suite('a turn', () => {
  test('begins with what its guest is told, and without what it has to forget', () => {
    const { told, run } = stage({ wantsFlush: true });
    assert.deepEqual(run({ why: 'budget' }), { why: 'budget' });
    assert.deepEqual(told, ['begin', 'flush local', `run ${Activity.active}`, 'end']);
  });

  test('of one that rests at its end isn’t waited for again', () => {
    const { told, run } = stage({ activity: Activity.halted });
    run({ why: 'halt' });
    assert.deepEqual(told, ['begin', `run ${Activity.halted}`]);
  });

  test('of one that halts goes on behind its HLT once it was kicked, whichever came first', () => {
    const halted = stage({ isKicked: true, activity: Activity.halted });
    halted.run({ why: 'budget' });
    assert.deepEqual([halted.told[1], halted.turn.isKicked], [`run ${Activity.active}`, false]);
    const later = stage();
    assert.deepEqual(later.run({ why: 'halt' }, true), { why: 'budget' });
    assert.equal(later.turn.isKicked, true);
    assert.deepEqual(later.run({ why: 'halt' }), { why: 'budget' });
    assert.deepEqual(stage().run({ why: 'halt' }), { why: 'halt' });
  });

  test('is waited for by who is at work, or halted with an interrupt', () => {
    const ready = ([activity, irr]: readonly [number, number]): boolean => isReady(stage({ activity, irr }).processor);
    const cases = [
      [Activity.active, 0],
      [Activity.halted, 0],
      [Activity.halted, 0x30],
      [Activity.waiting, 0x30],
      [Activity.shutdown, 0],
    ] as const;
    assert.deepEqual(cases.map(ready), [true, false, true, false, false]);
  });
});

test('what the host takes is told to whose turn it was, but for what passed while the computer rested', () => {
  let stolen = 0n;
  const { told, turn } = stage();
  const share = new Share(
    () => stolen,
    () => turn,
  );
  const run = (takes: bigint, pause: Pause): void => {
    share.around(() => {
      stolen += takes;
      return pause;
    });
  };
  stolen = 100n;
  run(5n, { why: 'slice' });
  stolen += 7n;
  run(0n, { why: 'idle', until: undefined });
  stolen += 1000n;
  run(0n, { why: 'slice' });
  run(3n, { why: 'slice' });
  assert.deepEqual(told, ['waited 5', 'waited 7', 'waited 3']);
});
