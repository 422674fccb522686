import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, none } from './code.ts';
import { KeyReader } from './reader.ts';
import { strokesOf } from './strokes.ts';

/** `C-S-KeyA`; a character of code page 437 in hexadecimal digits. */
const named = (key: Key): string =>
  'character' in key
    ? key.character.toString(16)
    : `${key.control ? 'C-' : ''}${key.alt ? 'A-' : ''}${key.shift ? 'S-' : ''}${key.meta ? 'M-' : ''}${key.code}`;

const keysOf = (text: string): string => {
  const reader = new KeyReader();
  return [...reader.read(new TextEncoder().encode(text)), ...reader.flush()].map(named).join(' ');
};

test('letters, digits and signs are keys of a US keyboard', () => {
  assert.equal(keysOf('aZ0)-_ ?"|'), 'KeyA S-KeyZ Digit0 S-Digit0 Minus S-Minus Space S-Slash S-Quote S-Backslash');
  for (let code = 0x20; code < 0x7f; code++) assert.match(keysOf(String.fromCharCode(code)), /^(S-)?[A-Z]\w+$/);
  assert.equal(new Set(Array.from({ length: 95 }, (_, index) => keysOf(String.fromCharCode(0x20 + index)))).size, 95);
});

test('control characters are keys with Ctrl, but for those with keys of their own', () => {
  assert.equal(keysOf('\x01\x1a\x03'), 'C-KeyA C-KeyZ C-KeyC');
  assert.equal(keysOf('\x09\x0d\x7f\x08\x1b'), 'Tab Enter Backspace Backspace Escape');
  assert.equal(keysOf('\x00\x0a\x1c\x1d\x1e\x1f'), 'C-Space C-KeyJ C-Backslash C-BracketRight C-S-Digit6 C-S-Minus');
});

// ctlseqs, "PC-Style Function Keys": cursor keys normal and application, keypad, function keys.
for (const [sent, keys] of [
  ['\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F', 'ArrowUp ArrowDown ArrowRight ArrowLeft Home End'],
  ['\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF', 'ArrowUp ArrowDown ArrowRight ArrowLeft Home End'],
  ['\x1bOP\x1bOQ\x1bOR\x1bOS', 'F1 F2 F3 F4'],
  ['\x1b[15~\x1b[17~\x1b[18~\x1b[19~\x1b[20~\x1b[21~\x1b[23~\x1b[24~', 'F5 F6 F7 F8 F9 F10 F11 F12'],
  ['\x1b[11~\x1b[12~\x1b[13~\x1b[14~', 'F1 F2 F3 F4'],
  ['\x1b[[A\x1b[[E', 'F1 F5'],
  ['\x1b[2~\x1b[3~\x1b[5~\x1b[6~\x1b[1~\x1b[4~', 'Insert Delete PageUp PageDown Home End'],
  [
    '\x1bOM\x1bOj\x1bOk\x1bOl\x1bOm\x1bOo\x1bOX',
    'NumpadEnter NumpadMultiply NumpadAdd NumpadComma NumpadSubtract NumpadDivide NumpadEqual',
  ],
  ['\x1bOp\x1bOy\x1bOn\x1b[E', 'Numpad0 Numpad9 NumpadDecimal Numpad5'],
  ['\x1b[Z', 'S-Tab'],
] as const)
  test(`${JSON.stringify(sent)} is ${keys}`, () => assert.equal(keysOf(sent), keys));

test('modifiers are a parameter: Shift 1, Alt 2, Control 4, Meta 8, and one', () => {
  assert.equal(keysOf('\x1b[1;2A\x1b[1;3A\x1b[1;5A\x1b[1;8A\x1b[1;9A'), 'S-ArrowUp A-ArrowUp C-ArrowUp C-A-S-ArrowUp M-ArrowUp');
  assert.equal(keysOf('\x1b[1;5P\x1b[15;2~\x1b[3;6~'), 'C-F1 S-F5 C-S-Delete');
  assert.equal(keysOf('\x1bO5P\x1bO1;2Q'), 'C-F1 S-F2');
});

test('modifyOtherKeys sends the character by its number', () => {
  assert.equal(keysOf('\x1b[27;5;105~\x1b[27;6;73~\x1b[105;5u\x1b[13;3u\x1b[27;5;9~'), 'C-KeyI C-S-KeyI C-KeyI A-Enter C-Tab');
  assert.equal(keysOf('\x1b[27;2;27~\x1b[233;5u'), 'S-Escape');
});

test('Alt sends Escape first', () => {
  assert.equal(keysOf('\x1ba\x1bA\x1b\x0d\x1b\x03\x1b[1;3D\x1b\x1b[D'), 'A-KeyA A-S-KeyA A-Enter C-A-KeyC A-ArrowLeft A-ArrowLeft');
  assert.equal(keysOf('\x1b\x1b'), 'A-Escape');
  assert.equal(keysOf('\x1b['), 'A-BracketLeft');
});

test('what a US keyboard has no key for is a character of code page 437, or nothing', () => {
  assert.equal(keysOf('éß█☺€'), '82 e1 db 1');
});

test('reports are no keys', () => {
  assert.equal(keysOf('\x1b[I\x1b[O\x1b[<0;5;5M\x1b[200~x\x1b[201~\x1b[?62;c'), 'KeyX');
});

test('sequences may come byte by byte, and an Escape is one when nothing follows', () => {
  const reader = new KeyReader();
  const seen: string[] = [];
  for (const byte of new TextEncoder().encode('\x1b[1;5Aé\x1bOPx')) seen.push(...reader.read([byte]).map(named));
  assert.deepEqual(seen, ['C-ArrowUp', '82', 'F1', 'KeyX']);
  assert.deepEqual(reader.read([0x1b]), []);
  assert.equal(reader.isWaiting, true);
  assert.deepEqual(reader.flush().map(named), ['Escape']);
  assert.equal(reader.isWaiting, false);
});

test('bytes that are no UTF-8, and sequences without end, are skipped', () => {
  const reader = new KeyReader();
  const keys = [0xff, 0x61, 0xc3, 0x62, 0xe2, 0x82, 0x63, 0xc0, 0x80, 0x64];
  assert.deepEqual(reader.read(keys).map(named), ['KeyA', 'KeyB', 'KeyC', 'KeyD']);
  assert.deepEqual(reader.read(new TextEncoder().encode(`\x1b[${'1;'.repeat(5000)}`)).length > 0, true);
  reader.flush();
  reader.read(Array(100_000).fill(0x1b));
  reader.flush();
  let state = 1;
  for (let round = 0; round < 20_000; round++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    reader.read([[0x1b, 0x5b, 0x4f, 0x3b, 0x31, 0x41, 0x7e, state >>> 24][(state >>> 16) & 7]!]);
  }
  reader.flush();
  assert.equal(reader.isWaiting, false);
});

test('modifiers go down before a key and come up after it', () => {
  const strokes = strokesOf({ ...none, code: 'Delete', control: true, alt: true });
  assert.deepEqual(
    strokes.map(({ code, isDown }) => `${isDown ? '+' : '-'}${code}`),
    ['+ControlLeft', '+AltLeft', '+Delete', '-Delete', '-AltLeft', '-ControlLeft'],
  );
  assert.deepEqual(
    strokesOf({ character: 0x82 }).map(({ code, isDown }) => `${isDown ? '+' : '-'}${code}`),
    ['+AltLeft', '+Numpad1', '-Numpad1', '+Numpad3', '-Numpad3', '+Numpad0', '-Numpad0', '-AltLeft'],
  );
});
