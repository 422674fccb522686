import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Teletype } from './teletype.ts';

const shown = (...texts: readonly string[]): { readonly lines: readonly string[]; readonly answers: readonly string[] } => {
  const answers: string[] = [];
  const teletype = new Teletype((text) => answers.push(text));
  for (const text of texts) teletype.receive(new TextEncoder().encode(text));
  return { lines: teletype.lines, answers };
};

suite('a serial terminal', () => {
  test('has lines, of which the last ones stay', () => {
    assert.deepEqual(shown('one\r\ntwo\r\n$ ').lines, ['one', 'two', '$']);
    const many = Array.from({ length: 3000 }, (_, index) => `line ${index}`);
    const { lines } = shown(many.join('\r\n'));
    assert.equal(lines.length, 2024);
    assert.deepEqual([lines[0], lines.at(-1)], ['line 976', 'line 2999']);
  });

  test('goes back, forth and over what is there', () => {
    assert.deepEqual(shown('abc\b\bX').lines, ['aXc']);
    assert.deepEqual(shown('abc\rX\x1b[K').lines, ['X']);
    assert.deepEqual(shown('a\tb').lines, ['a       b']);
    assert.deepEqual(shown('abcdef\x1b[4D\x1b[2P').lines, ['abef']);
    assert.deepEqual(shown('abef\x1b[2D\x1b[2@').lines, ['ab  ef']);
  });

  test('goes on in the next line behind the last column', () => {
    assert.deepEqual(shown('x'.repeat(81)).lines, ['x'.repeat(80), 'x']);
    assert.deepEqual(shown(`${'x'.repeat(80)}\r\ny`).lines, ['x'.repeat(80), 'y']);
  });

  test('moves its cursor where it is told, as editors do', () => {
    assert.deepEqual(shown('\x1b[2J\x1b[3;5Hhere\x1b[1;1Htop').lines, ['top', '', '    here']);
    assert.deepEqual(shown('a\x1b7\r\n\nb\x1b8c').lines, ['ac', '', 'b']);
    assert.deepEqual(shown('one\r\ntwo\r\nthree\x1b[2A\x1b[J').lines, ['one']);
    assert.deepEqual(shown('\x1b[999;999H').lines.length, 24);
  });

  test('answers where its cursor is', () => {
    assert.deepEqual(shown('$ \x1b[6n').answers, ['\x1b[1;3R']);
  });

  test('leaves colours, titles and modes out, however they are cut', () => {
    assert.deepEqual(shown('\x1b[1;3', '2mgreen\x1b[0m \x1b]0;title\x07\x1b(B\x1b[?2004hok').lines, ['green ok']);
  });

  test('shows characters of several bytes, however they are cut', () => {
    const bytes = new TextEncoder().encode('größer');
    const teletype = new Teletype(() => {});
    for (const byte of bytes) teletype.receive(Uint8Array.of(byte));
    assert.deepEqual(teletype.lines, ['größer']);
  });

  test('a sequence that never ends is none', () => {
    assert.deepEqual(shown(`a\x1b]${'x'.repeat(100)}`, 'b').lines, ['ab']);
  });
});
