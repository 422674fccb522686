import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode, later, millis, seconds, Timeline } from '../../machine/index.ts';
import { Probe } from '../stage/index.ts';
import { I8042 } from './i8042.ts';
import { type Key, keys } from './keys.ts';

const stage = () => {
  const time = new Timeline();
  const [keyboardIrq, mouseIrq, a20] = [new Probe(), new Probe(), new Probe()];
  const told = { resets: 0 };
  const kbc = new I8042({ clock: time, keyboardIrq, mouseIrq, a20, reset: () => void told.resets++ });
  const pass = (by = millis(1)): void => time.advance(later(time.now, by));
  /** All that comes, until nothing comes any more. */
  const drain = (): number[] => {
    const bytes: number[] = [];
    for (; (kbc.read(4) & 1) !== 0 && bytes.length < 100; pass()) bytes.push(kbc.read(0));
    return bytes;
  };
  const order = (command: number, ...data: readonly number[]): void => {
    kbc.write(4, command);
    for (const byte of data) kbc.write(0, byte);
  };
  const send = (...bytes: readonly number[]): number[] =>
    bytes.flatMap((byte) => {
      kbc.write(0, byte);
      return drain();
    });
  const sendMouse = (...bytes: readonly number[]): number[] =>
    bytes.flatMap((byte) => {
      order(0xd4, byte);
      return drain();
    });
  const hit = (key: Key): void => {
    kbc.press(key);
    kbc.release(key);
  };
  return { time, keyboardIrq, mouseIrq, a20, told, kbc, pass, drain, order, send, sendMouse, hit };
};

test('keys arrive as scan codes of set 1 where the controller translates', () => {
  const { hit, drain } = stage();
  const expected: readonly (readonly [Key, readonly number[]])[] = [
    ['KeyA', [0x1e, 0x9e]],
    ['Escape', [0x01, 0x81]],
    ['Enter', [0x1c, 0x9c]],
    ['F12', [0x58, 0xd8]],
    ['F7', [0x41, 0xc1]],
    ['ArrowUp', [0xe0, 0x48, 0xe0, 0xc8]],
    ['ControlRight', [0xe0, 0x1d, 0xe0, 0x9d]],
    ['PrintScreen', [0xe0, 0x2a, 0xe0, 0x37, 0xe0, 0xb7, 0xe0, 0xaa]],
    ['Pause', [0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5]],
  ];
  for (const [key, bytes] of expected) {
    hit(key);
    assert.deepEqual(drain(), bytes, key);
  }
});

test('the row of letters has the codes of Linux, which are those of set 1', () => {
  const { kbc, drain } = stage();
  // linux v6.6 input-event-codes.h: KEY_Q is 16 and KEY_M is 50.
  for (const [letters, first] of [
    ['QWERTYUIOP', 16],
    ['ASDFGHJKL', 30],
    ['ZXCVBNM', 44],
  ] as const)
    for (const [index, letter] of [...letters].entries()) {
      kbc.press(`Key${letter}` as Key);
      kbc.release(`Key${letter}` as Key);
      assert.deepEqual(drain(), [first + index, 0x80 | (first + index)]);
    }
});

test('no two keys send the same', () => {
  const { hit, drain } = stage();
  const all = (Object.keys(keys) as Key[]).map((key) => {
    hit(key);
    return drain().join();
  });
  assert.equal(new Set(all).size, all.length);
});

test('without translation it is set 2, and set 1 where the keyboard is told so', () => {
  const { hit, drain, order, send } = stage();
  order(0x60, 0x25);
  hit('Delete');
  assert.deepEqual(drain(), [0xe0, 0x71, 0xe0, 0xf0, 0x71]);
  assert.deepEqual(send(0xf0, 0x01, 0xf0, 0x00), [0xfa, 0xfa, 0xfa, 0xfa, 0x01]);
  hit('Delete');
  assert.deepEqual(drain(), [0xe0, 0x53, 0xe0, 0xd3]);
  assert.deepEqual(send(0xf0, 0x03), [0xfa, 0xfe]);
});

test('each byte interrupts once, and reading again before the next gives the same', () => {
  const { kbc, keyboardIrq, pass, hit } = stage();
  hit('KeyA');
  assert.equal(keyboardIrq.rises, 1);
  assert.deepEqual([kbc.read(0), kbc.read(0)], [0x1e, 0x1e]);
  assert.equal(keyboardIrq.isHigh, false);
  pass();
  assert.equal(keyboardIrq.rises, 2);
  assert.equal(kbc.read(0), 0x9e);
  pass();
  assert.equal(keyboardIrq.isHigh, false);
});

test('the next byte comes wherever in a look at it its time comes', () => {
  for (let looks = 0; looks < 6; looks++) {
    const line = new Timeline();
    let [left, isHere] = [Number.POSITIVE_INFINITY, true];
    const clock = {
      // It moves on by itself after so many looks.
      get now() {
        return isHere && left-- > 0 ? line.now : later(line.now, millis(1));
      },
      alarm: (fire: () => void) => line.alarm(fire),
    };
    const kbc = new I8042({ clock, keyboardIrq: new Probe(), mouseIrq: new Probe(), a20: new Probe(), reset: () => {} });
    kbc.press('KeyA');
    kbc.release('KeyA');
    assert.equal(kbc.read(0), 0x1e);
    left = looks;
    // A pulse of no line: it looks at what there is.
    kbc.write(4, 0xff);
    isHere = false;
    line.advance(later(line.now, millis(1)));
    assert.deepEqual([kbc.read(4) & 1, kbc.read(0)], [1, 0x9e], `after ${looks} looks`);
  }
});

test('a keyboard identifies itself, takes lights, and passes its test', () => {
  const { send, kbc, order } = stage();
  order(0x60, 0x25);
  assert.deepEqual(send(0xf2), [0xfa, 0xab, 0x83]);
  order(0x60, 0x65);
  assert.deepEqual(send(0xf2), [0xfa, 0xab, 0x41]);
  assert.deepEqual(send(0xed, 0x05, 0xee, 0xfe, 0xff, 0xaf), [0xfa, 0xfa, 0xee, 0xee, 0xfa, 0xaa, 0xfe]);
  send(0xed, 0x05);
  assert.equal(kbc.leds, 5);
});

test('one that is switched off is silent; the controller can hold it back, too', () => {
  const { send, hit, drain, order } = stage();
  send(0xf5);
  hit('KeyB');
  assert.deepEqual(drain(), []);
  send(0xf4);
  order(0xad);
  hit('KeyB');
  assert.deepEqual(drain(), []);
  order(0xae);
  assert.deepEqual(drain(), [0x30, 0xb0]);
});

test('a key that is down repeats as fast as it was told to, until it comes up', () => {
  const { kbc, send, drain, pass } = stage();
  send(0xf3, 0x00);
  kbc.press('KeyX');
  kbc.press('KeyX');
  assert.deepEqual(drain(), [0x2d]);
  let count = 0;
  for (let ms = 0; ms < 1250; ms++) {
    pass();
    count += drain().length;
  }
  assert.ok(count >= 29 && count <= 31, `${count} times`);
  kbc.release('KeyX');
  assert.deepEqual(drain(), [0xad]);
  pass(seconds(5));
  assert.deepEqual(drain(), []);
});

test('the controller tests itself, and answers before what keys said, which is not lost', () => {
  const { order, drain, hit } = stage();
  hit('KeyA');
  order(0xaa);
  assert.deepEqual(drain(), [0x55, 0x1e, 0x9e]);
  order(0x20);
  assert.deepEqual(drain(), [0x65]);
  for (const command of [0xab, 0xa9]) {
    order(command);
    assert.deepEqual(drain(), [0x00]);
  }
});

test('the output port has A20 and the reset', () => {
  const { order, drain, a20, told } = stage();
  order(0xd1, 0xdf);
  assert.equal(a20.isHigh, true);
  order(0xd0);
  assert.deepEqual(drain(), [0xcf]);
  order(0xdd);
  assert.equal(a20.isHigh, false);
  order(0xfe);
  order(0xff);
  assert.equal(told.resets, 1);
  order(0xd1, 0x02);
  assert.equal(told.resets, 2);
});

test('a driver finds the mouse by what it sends itself through it', () => {
  const { kbc, order, mouseIrq } = stage();
  order(0x60, 0x47);
  order(0xd3, 0x5a);
  assert.equal(kbc.read(4) & 0x21, 0x21);
  assert.equal(mouseIrq.isHigh, true);
  assert.equal(kbc.read(0), 0x5a);
  assert.equal(mouseIrq.isHigh, false);
  order(0xa7);
  order(0x20);
  assert.equal(kbc.read(0) & 0x20, 0x20);
});

test('a mouse resets, and tells movements once it may', () => {
  const { kbc, sendMouse, drain, mouseIrq, order } = stage();
  order(0x60, 0x47);
  assert.deepEqual(sendMouse(0xff), [0xfa, 0xaa, 0x00]);
  kbc.move(5, 5, 0, 0);
  assert.deepEqual(drain(), []);
  assert.deepEqual(sendMouse(0xf4), [0xfa]);
  const before = mouseIrq.rises;
  kbc.move(5, -3, 0, 1);
  assert.deepEqual(drain(), [0x09, 5, 3]);
  assert.equal(mouseIrq.rises, before + 3);
  kbc.move(-300, 2, 0, 0);
  assert.deepEqual(drain(), [0x38, 1, 0xfe, 0x18, 0xd3, 0]);
});

test('the wheel is there for whoever knocks for it', () => {
  const { kbc, sendMouse, drain } = stage();
  sendMouse(0xf3, 200, 0xf3, 100, 0xf3, 80);
  assert.deepEqual(sendMouse(0xf2), [0xfa, 3]);
  sendMouse(0xf4);
  kbc.move(0, 0, -1, 0);
  assert.deepEqual(drain(), [0x08, 0, 0, 0xff]);
  sendMouse(0xf3, 200, 0xf3, 200, 0xf3, 80);
  assert.deepEqual(sendMouse(0xf2), [0xfa, 4]);
  kbc.move(0, 0, 1, 0x10);
  assert.deepEqual(drain(), [0x08, 0, 0, 0x21]);
});

test('a mouse that is asked tells when it is asked, and its settings', () => {
  const { kbc, sendMouse, drain } = stage();
  sendMouse(0xf0, 0xe7, 0xe8, 0x03, 0xf3, 40);
  kbc.move(7, 0, 0, 2);
  assert.deepEqual(drain(), []);
  assert.deepEqual(sendMouse(0xeb), [0xfa, 0x0a, 7, 0]);
  assert.deepEqual(sendMouse(0xe9), [0xfa, 0x51, 3, 40]);
  assert.deepEqual(sendMouse(0xee, 0x12, 0xec), [0xfa, 0x12, 0xfa]);
  assert.deepEqual(sendMouse(0x01), [0xfe]);
});

test('clicks that nobody fetched are told one after the other', () => {
  const { kbc, sendMouse, drain } = stage();
  sendMouse(0xf4);
  kbc.move(0, 0, 0, 1);
  kbc.move(0, 0, 0, 0);
  kbc.move(4, 0, 0, 0);
  kbc.move(4, 0, 0, 0);
  assert.deepEqual(drain(), [0x09, 0, 0, 0x08, 0, 0, 0x08, 8, 0]);
});

test('keys without room are lost as a whole', () => {
  const { hit, drain } = stage();
  for (let count = 0; count < 20; count++) hit('ArrowUp');
  const bytes = drain();
  assert.ok(bytes.length > 10);
  assert.equal(bytes.length % 2, 0);
  for (let at = 0; at < bytes.length; at += 2) assert.equal(bytes[at], 0xe0);
});

test('a saved controller goes on in another one', () => {
  const one = stage();
  one.hit('KeyA');
  one.sendMouse(0xf4);
  one.kbc.move(1, 1, 0, 0);
  const other = stage();
  other.kbc.load(one.kbc.save());
  assert.equal(other.mouseIrq.isHigh, one.mouseIrq.isHigh);
  assert.deepEqual(other.drain(), one.drain());
});

test('a state that tells when a key repeats, and of none that does, waits for nothing', () => {
  const { kbc, time, pass } = stage();
  const state = decode(kbc.schema, kbc.save());
  kbc.load(encode(kbc.schema, { ...state, keyboard: { ...state.keyboard, repeatsAt: later(time.now, millis(3)) } }));
  pass(millis(10));
  assert.equal(time.next, undefined);
});
