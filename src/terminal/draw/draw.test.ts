import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cell, PixelScreen, TextScreen } from '../../machine/index.ts';
import { characters, codeOf } from '../cp437.ts';
import { colourParameters, coloursOf } from './colour.ts';
import { frameOf, type Terminal } from './frame.ts';
import { update } from './update.ts';

/** A VGA's usual sixteen, in its order: blue in bit 0. */
const colours = [
  ...[0x000000, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa, 0xaa5500, 0xaaaaaa],
  ...[0x555555, 0x5555ff, 0x55ff55, 0x55ffff, 0xff5555, 0xff55ff, 0xffff55, 0xffffff],
];

const cell = (code: number, other: Partial<Cell> = {}): Cell => ({
  ...{ code, foreground: 7, background: 0, isBlinking: false, isUnderlined: false },
  ...other,
});

const textOf = (lines: readonly string[], other: Partial<TextScreen> = {}): TextScreen => ({
  ...{ kind: 'text', columns: lines[0]!.length, rows: lines.length, cursor: undefined, colours },
  cells: lines.flatMap((line) => [...line].map((character) => cell(codeOf(character)!))),
  ...other,
});

const terminal = (columns: number, rows: number, shown: Terminal['colours'] = '16'): Terminal => ({ columns, rows, colours: shown });

test('the code page has 256 characters, each at its place', () => {
  assert.equal(characters.length, 256);
  assert.deepEqual(
    [0x41, 0x01, 0xb0, 0xc9, 0xdb, 0xe1, 0xfe, 0x7f].map((code) => characters[code]),
    ['A', '☺', '░', '╔', '█', 'ß', '■', '⌂'],
  );
  // The space is at 0, too.
  for (let code = 1; code < 256; code++) assert.equal(codeOf(characters[code]!), code);
});

test('the first frame is drawn as a whole, in runs of one style', () => {
  const screen = textOf(['ab', 'cd'], { cursor: { column: 1, row: 1 } });
  assert.equal(
    update(undefined, frameOf(screen, terminal(3, 2))),
    '\x1b[0m\x1b[2J\x1b[1;1H\x1b[0;37;40mab\x1b[2;1H\x1b[0;37;40mcd\x1b[0m\x1b[2;2H\x1b[?25h',
  );
});

test('only what has changed is sent, and nothing where nothing has', () => {
  const before = frameOf(textOf(['abcdefghijkl']), terminal(12, 1));
  assert.equal(update(before, frameOf(textOf(['abcdefghijkl']), terminal(12, 1))), '');
  assert.equal(update(before, frameOf(textOf(['aXcdefghijkY']), terminal(12, 1))), '\x1b[1;2H\x1b[0;37;40mX\x1b[1;12HY\x1b[0m');
  assert.equal(update(before, frameOf(textOf(['aXcYefghijkl']), terminal(12, 1))), '\x1b[1;2H\x1b[0;37;40mXcY\x1b[0m');
});

test('a cursor that moves is all that is sent, and it is hidden and shown', () => {
  const frame = (cursor?: { column: number; row: number }) => frameOf(textOf(['ab'], { cursor }), terminal(2, 1));
  assert.equal(update(frame({ column: 0, row: 0 }), frame({ column: 1, row: 0 })), '\x1b[1;2H');
  assert.equal(update(frame({ column: 0, row: 0 }), frame()), '\x1b[?25l');
  assert.equal(update(frame(), frame({ column: 0, row: 0 })), '\x1b[1;1H\x1b[?25h');
});

test('another size is drawn as a whole', () => {
  const before = frameOf(textOf(['ab']), terminal(2, 1));
  assert.ok(update(before, frameOf(textOf(['ab']), terminal(3, 1), before)).startsWith('\x1b[0m\x1b[2J'));
});

test('of a larger text the part with the cursor is shown, moved no further than it must', () => {
  const lines = ['abcd', 'efgh', 'ijkl', 'mnop'];
  const at = (column: number, row: number) => textOf(lines, { cursor: { column, row } });
  const first = frameOf(at(0, 3), terminal(2, 2));
  assert.deepEqual([first.glyphs.join(''), first.cursor], ['ijmn', { column: 0, row: 1 }]);
  const second = frameOf(at(2, 2), terminal(2, 2), first);
  assert.deepEqual([second.glyphs.join(''), second.cursor], ['jkno', { column: 1, row: 0 }]);
  const third = frameOf(at(0, 0), terminal(2, 2), second);
  assert.deepEqual([third.glyphs.join(''), third.cursor], ['abef', { column: 0, row: 0 }]);
  // Without a cursor it stays where it was.
  assert.equal(frameOf(textOf(lines), terminal(2, 2), first).glyphs.join(''), 'ijmn');
});

test('colours are those the terminal has', () => {
  const [red, blue, odd] = [0xaa0000, 0x0000aa, 0x123456];
  assert.equal(colourParameters(red, blue, '16'), ';31;44');
  assert.equal(colourParameters(0xffff55, 0x555555, '16'), ';93;100');
  assert.equal(colourParameters(0xffffff, 0x000000, '256'), ';38;5;231;48;5;16');
  assert.equal(colourParameters(0x808080, 0xff8700, '256'), ';38;5;244;48;5;208');
  assert.equal(colourParameters(odd, red, 'any'), ';38;2;18;52;86;48;2;170;0;0');
  assert.equal(colourParameters(0x000000, 0xaaaaaa, 'none'), ';7');
  assert.equal(colourParameters(0xaaaaaa, 0x0000aa, 'none'), '');
  for (const [index, rgb] of colours.entries()) {
    const ansi = ((index & 1) << 2) | (index & 2) | ((index & 4) >> 2);
    assert.equal(colourParameters(rgb, 0, '16'), `;${(index < 8 ? 30 : 90) + ansi};40`);
  }
});

test('a terminal’s word is COLORTERM and TERM, a user’s NO_COLOR', () => {
  assert.equal(coloursOf({ TERM: 'xterm-256color', COLORTERM: 'truecolor' }), 'any');
  assert.equal(coloursOf({ TERM: 'xterm-direct' }), 'any');
  assert.equal(coloursOf({ TERM: 'screen-256color' }), '256');
  assert.equal(coloursOf({ TERM: 'linux' }), '16');
  assert.equal(coloursOf({ TERM: 'dumb' }), 'none');
  assert.equal(coloursOf({}), 'none');
  assert.equal(coloursOf({ TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '1' }), 'none');
  assert.equal(coloursOf({ TERM: 'linux', NO_COLOR: '' }), '16');
});

test('blinking and underlined text is so', () => {
  const screen = textOf(['a'], { cells: [cell(0x41, { isBlinking: true, isUnderlined: true, foreground: 1 })] });
  assert.deepEqual(frameOf(screen, terminal(1, 1)).styles, ['0;4;5;34;40']);
});

const pixelsOf = (rows: readonly (readonly number[])[]): PixelScreen => ({
  ...{ kind: 'pixels', width: rows[0]!.length, height: rows.length },
  rgba: Uint8Array.from(rows.flat().flatMap((rgb) => [rgb >> 16, (rgb >> 8) & 255, rgb & 255, 255])),
});

test('pixels are half blocks, the upper in the foreground', () => {
  const screen = pixelsOf([
    [0xff0000, 0x00ff00],
    [0x0000ff, 0x00ff00],
    [0xffffff, 0x000000],
  ]);
  const frame = frameOf(screen, terminal(3, 2, 'any'));
  assert.deepEqual(frame.glyphs, ['▀', ' ', ' ', '▀', ' ', ' ']);
  assert.deepEqual(frame.styles.slice(0, 2), ['0;38;2;255;0;0;48;2;0;0;255', '0;38;2;0;255;0;48;2;0;255;0']);
  assert.deepEqual([frame.styles[2], frame.styles[3]], ['0', '0;38;2;255;255;255;48;2;0;0;0']);
  assert.deepEqual(frameOf(screen, terminal(2, 2, 'none')).glyphs, [' ', '█', '▀', ' ']);
});

test('a larger picture is made smaller, each pixel the mean of those it stands for', () => {
  const screen = pixelsOf(Array.from({ length: 8 }, () => [0, 0xffffff, 0, 0xffffff, 0xff0000, 0xff0000, 0, 0]));
  const frame = frameOf(screen, terminal(4, 100, 'any'));
  assert.deepEqual(
    frame.styles.slice(0, 4).map((style) => style.split('48;2;')[1]),
    ['128;128;128', '128;128;128', '255;0;0', '0;0;0'],
  );
  assert.equal(frame.glyphs.length, 400);
});
