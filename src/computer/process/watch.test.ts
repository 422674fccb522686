import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pc } from '../../board/index.ts';
import { instant } from '../../machine/index.ts';
import { engine } from '../engine/index.ts';
import { Watch } from './watch.ts';

const [cli, sti, hlt, jmp] = [0xfa, 0xfb, 0xf4, [0xeb, 0xfe]] as const;

/** One whose processor runs this, and its clock. */
const running = (...code: readonly number[]) => {
  let now = 0n;
  const pc = new Pc({
    ...{ engine: engine('off'), memoryBytes: 2 * 1024 ** 2, startSeconds: 0, lines: [], now: () => instant(now) },
    start: () => ({
      program: { protocol: 'flat', at: 0x7c00, code: Uint8Array.from(code), entry: { segment: 0, offset: 0x7c00 } },
      commandLine: new Uint8Array(),
      modules: [],
    }),
  });
  pc.boot();
  const watch = new Watch(pc);
  return {
    /** What is seen after so many seconds. */
    at: (seconds: number) => {
      now = BigInt(seconds) * 1_000_000_000n;
      return watch.look(pc.run(1000));
    },
  };
};

test('a processor that halts with interrupts off goes on by nothing, one that listens is asleep', () => {
  assert.equal(running(cli, hlt).at(0), 'halt');
  const asleep = running(sti, hlt);
  for (const seconds of [0, 50, 100, 1000]) assert.equal(asleep.at(seconds), undefined);
});

test('one that has heard no device for a minute of its own time hangs; as long as it listens now and then it doesn’t', () => {
  const deaf = running(cli, ...jmp);
  for (const seconds of [0, 30, 59]) assert.equal(deaf.at(seconds), undefined);
  assert.equal(deaf.at(60), 'hang');
  const busy = running(sti, ...jmp);
  for (const seconds of [0, 61, 122]) assert.equal(busy.at(seconds), undefined);
});
