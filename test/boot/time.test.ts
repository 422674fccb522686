/** Timers of a PC come at their time, also where its instructions take long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pc } from '../../src/board/index.ts';
import { firmware } from '../../src/computer/boot/firmware.ts';
import { engine } from '../../src/computer/engine/index.ts';
import { EvenTime } from '../../src/desk/index.ts';
import { instant, later, micros, millis, port, seconds } from '../../src/machine/index.ts';
import { whyNoFirmware } from './firmware.ts';

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

test('who asks a device how late it is finds that what was due by then has happened', () => {
  // mov ecx, 1000000; it: dec ecx; jnz it; ask: in al, 61h; jmp ask
  const program = [0x66, 0xb9, 0x40, 0x42, 0x0f, 0x00, 0x66, 0x49, 0x75, 0xfc, 0xe4, 0x61, 0xeb, 0xfc];
  const firmware = new Uint8Array(64 * 1024);
  firmware.set(program);
  firmware.set([0xe9, 0x0d, 0x00], firmware.length - 16);
  // An instruction takes a nanosecond, and to be told the time ten microseconds.
  let told = 0n;
  let pc: Pc | undefined;
  const now = () => instant((pc?.processor.instructions ?? 0n) + micros(10) * told++);
  pc = new Pc({ engine: engine(), memoryBytes: 2 * 1024 ** 2, firmware, now, startSeconds: 0, lines: [] });
  const { clock, processor } = pc;
  while (processor.instructions < 2_010_000n) pc.run(2_000_000);
  const due = later(clock.now, millis(1));
  let fired: bigint | undefined;
  clock.alarm(() => (fired = clock.now)).at(due);
  while (fired === undefined) pc.run(2_000_000);
  assert.ok(fired - due < micros(200), `${fired - due} ns late`);
});

test('SeaBIOS finds its keyboard, wherever its host was while it took the rate of its counter', { skip: whyNoFirmware() }, () => {
  for (let at = 0; at < 8; at++) {
    let looks = 0;
    let isTaking = false;
    let away = 0n;
    let pc: Pc | undefined;
    // From the timer's first order on, the host is with others for five milliseconds before one of these looks.
    const host = () => {
      if (isTaking && looks++ === at) away = millis(5);
      return instant((pc?.worked ?? 0n) * 5n + BigInt(looks) * 200n + away);
    };
    const time = new EvenTime(host);
    pc = new Pc({ engine: engine(), memoryBytes: 32 * 1024 ** 2, ...firmware(), now: time.now, startSeconds: 0, lines: [] });
    time.follow(pc);
    const { ports, processor } = pc;
    const write = ports.write.bind(ports);
    ports.write = (place, value, bytes) => {
      isTaking ||= Number(place) === 0x43;
      write(place, value, bytes);
    };
    while (processor.instructions < 3_000_000n) if (pc.run(100_000).why === 'idle') away += millis(10);
    assert.ok(looks > 100, `${looks} looks`);
    // The controller's mode: it has the keyboard interrupt.
    write(port(0x64), 0x20, 1);
    assert.equal(ports.read(port(0x60), 1), 0x61, `away before look ${at}`);
  }
});

test('a system that resets its computer has it told, each time anew', () => {
  // mov dx, 0cf9h; mov al, 6; out dx, al; jmp $
  const firmware = new Uint8Array(64 * 1024);
  firmware.set([0xba, 0xf9, 0x0c, 0xb0, 0x06, 0xee, 0xeb, 0xfe], firmware.length - 16);
  let times = 0;
  const begins = (): void => void times++;
  const pc = new Pc({ engine: engine(), memoryBytes: 2 * 1024 ** 2, firmware, begins, startSeconds: 0, lines: [] });
  pc.run(2);
  assert.equal(times, 0);
  // Between two instructions it is reset, and begins with the first again.
  pc.run(3);
  assert.equal(times, 1);
  pc.run(3);
  pc.run(1);
  assert.equal(times, 3);
});

/** Has its timer go on at 18.2 Hz, with these interrupts masked, and rests. */
const resting = (masked: number) => {
  // mov al, masked; out 21h, al; mov al, 34h; out 43h, al; xor al, al; out 40h, al; out 40h, al; hlt; jmp to it.
  const program = [0xb0, masked, 0xe6, 0x21, 0xb0, 0x34, 0xe6, 0x43, 0x30, 0xc0, 0xe6, 0x40, 0xe6, 0x40, 0xf4, 0xeb, 0xfd];
  const firmware = new Uint8Array(64 * 1024);
  firmware.set(program);
  // jmp to the beginning of the segment.
  firmware.set([0xe9, 0x0d, 0x00], firmware.length - 16);
  const host = { now: instant(0n) };
  const pc = new Pc({ engine: engine(), memoryBytes: 2 * 1024 ** 2, firmware, now: () => host.now, startSeconds: 0, lines: [] });
  const rest = () => {
    const pause = pc.run(2_000_000);
    assert.ok(pause.why === 'idle' && pause.until !== undefined);
    return { until: pause.until };
  };
  return { pc, host, rest };
};

test('a processor that rests isn’t woken by a timer whose interrupt is masked, which goes on all the same', () => {
  const { pc, host, rest } = resting(0xff);
  assert.ok(rest().until > millis(1000));
  host.now = instant(seconds(10));
  assert.ok(rest().until > later(host.now, millis(900)));
  // As the 8259 reads: the request of the timer waits.
  assert.equal(pc.ports.read(port(0x20), 1) & 1, 1);
});

test('one whose interrupt isn’t masked wakes it', () => {
  const { host, rest } = resting(0xfe);
  const { until } = rest();
  assert.ok(until > millis(54) && until < millis(55), `${until} ns`);
  host.now = until;
  assert.ok(rest().until <= later(until, millis(55)));
});
