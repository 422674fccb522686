/** Timers of a PC come at their time, also where its instructions take long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pc } from '../../src/board/index.ts';
import { instant, later, micros, millis, seconds } from '../../src/machine/index.ts';
import { engine } from '../../src/technique/emulation/engine.ts';

/** A processor of a million instructions a second, that jumps to where it is. */
const slow = (): Pc => {
  // jmp $
  const firmware = new Uint8Array(64 * 1024);
  firmware.set([0xeb, 0xfe], firmware.length - 16);
  let pc: Pc | undefined;
  const now = () => instant((pc?.processor.instructions ?? 0n) * micros(1));
  pc = new Pc({ engine: engine(), memoryBytes: 2 * 1024 ** 2, firmware, now, startSeconds: 0, lines: [] });
  return pc;
};

test('a slow processor gives others their turn each ten milliseconds', () => {
  const pc = slow();
  for (let turn = 1n; turn < 4n; turn++) {
    assert.deepEqual(pc.run(2_000_000), { why: 'slice' });
    assert.ok(pc.clock.now <= turn * millis(12), `${pc.clock.now} ns`);
  }
});

test('a slow processor has its timers each millisecond', () => {
  const pc = slow();
  const { clock } = pc;
  const late: bigint[] = [];
  let due = later(clock.now, millis(1));
  const alarm = clock.alarm(() => {
    late.push(clock.now - due);
    due = later(due, millis(1));
    alarm.at(due);
  });
  alarm.at(due);
  while (clock.now < seconds(1)) pc.run(2_000_000);
  assert.ok(late.length >= 998, `${late.length} times`);
  assert.deepEqual(
    late.filter((by) => by > millis(1)),
    [],
  );
});
