import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PixelScreen } from '../../machine/index.ts';
import { dacOf, draw, eight, expected, setColours } from './stage/draw.ts';
import { type Mode, modes, modeX } from './stage/modes.ts';
import { stage } from './stage/stage.ts';

/** The first pixel that isn't as expected. */
const difference = (screen: PixelScreen, colourAt: (x: number, y: number) => number): string | undefined => {
  for (let y = 0; y < screen.height; y++)
    for (let x = 0; x < screen.width; x++) {
      const at = (y * screen.width + x) * 4;
      const seen = [...screen.rgba.subarray(at, at + 4)].join();
      const wanted = [...dacOf(colourAt(x, y)).map(eight), 255].join();
      if (seen !== wanted) return `${x}, ${y}: ${seen} instead of ${wanted}`;
    }
  return undefined;
};

for (const mode of modes.filter(({ kind }) => kind !== 'text'))
  test(`mode ${mode.name} shows every pixel where a guest put it`, () => {
    const one = stage();
    one.setMode(mode);
    setColours(one);
    draw(one, mode);
    const screen = one.vga.snapshot();
    assert.ok(screen.kind === 'pixels');
    assert.deepEqual([screen.width, screen.height], [mode.width, mode.height]);
    assert.equal(
      difference(screen, (x, y) => expected(mode, x, y)),
      undefined,
    );
  });

/** Eight dots of a line of a glyph, another for each. */
const dotsOf = (font: number, code: number, line: number): number => (code * 37 + line * 11 + font * 101) & 0xff;

/** A font as BIOSes and Linux load it: plane 2 alone, in order, at A0000h. */
const loadFont = ({ sequencer, graphics, poke }: ReturnType<typeof stage>, mode: Mode, font: number): void => {
  sequencer(2, 0x04);
  sequencer(4, 0x07);
  graphics(5, 0x00);
  graphics(6, 0x00);
  for (let code = 0; code < 256; code++)
    for (let line = 0; line < 32; line++) poke(0xa_0000 + font * 0x4000 + code * 32 + line, dotsOf(font, code, line));
  sequencer(2, mode.sequencer[1]!);
  sequencer(4, mode.sequencer[3]!);
  graphics(5, mode.graphics[5]!);
  graphics(6, mode.graphics[6]!);
};

for (const mode of modes.filter(({ kind }) => kind === 'text')) {
  const columns = mode.width / 9;
  const rowLines = (mode.crtc[9]! & 0x1f) + 1;
  const base = (mode.misc & 1) !== 0 ? 0xb_8000 : 0xb_0000;
  const codeAt = (column: number, row: number): number => (column * 7 + row * 13) & 0xff;
  // No blinking: bit 7 clear.
  const attributeAt = (column: number, row: number): number => (column * 5 + row * 3) & 0x7f;
  const show = (): ReturnType<typeof stage> => {
    const one = stage();
    one.setMode(mode);
    setColours(one);
    loadFont(one, mode, 0);
    loadFont(one, mode, 1);
    for (let row = 0; row < 400 / rowLines; row++)
      for (let column = 0; column < columns; column++) {
        one.poke(base + (row * columns + column) * 2, codeAt(column, row));
        one.poke(base + (row * columns + column) * 2 + 1, attributeAt(column, row));
      }
    one.crtc(0x0a, 0x20);
    return one;
  };

  test(`${mode.name} is read as characters`, () => {
    const screen = show().vga.snapshot();
    assert.ok(screen.kind === 'text');
    assert.deepEqual([screen.columns, screen.rows, screen.cursor], [columns, 400 / rowLines, undefined]);
    for (const [index, cell] of screen.cells.entries()) {
      const [column, row] = [index % columns, Math.floor(index / columns)];
      const attribute = attributeAt(column, row);
      assert.deepEqual([cell.code, cell.foreground, cell.background], [codeAt(column, row), attribute & 15, attribute >> 4]);
    }
    assert.deepEqual(
      screen.colours,
      mode.attribute.slice(0, 16).map((index) => dacOf(index).reduce((rgb, part) => rgb * 256 + eight(part), 0)),
    );
  });

  test(`${mode.name} is drawn with two fonts of nine dots`, () => {
    const one = show();
    // Characters with bit 3 of their attributes set are from the second font.
    one.sequencer(3, 0x04);
    const screen = one.vga.picture();
    assert.deepEqual([screen.width, screen.height], [mode.width, mode.height]);
    const underlineAt = mode.crtc[0x14]! & 0x1f;
    const wanted = (x: number, y: number): number => {
      const [column, row, line] = [Math.floor(x / 9), Math.floor(y / rowLines), y % rowLines];
      const [code, attribute] = [codeAt(column, row), attributeAt(column, row)];
      const dots = dotsOf((attribute & 8) === 0 ? 0 : 1, code, line);
      const isNinthDrawn = code >= 0xc0 && code < 0xe0 && (dots & 1) === 1;
      const isLit = x % 9 === 8 ? isNinthDrawn : ((dots >> (7 - (x % 9))) & 1) === 1;
      const isUnderlined = (attribute & 0x77) === 1 && line === underlineAt;
      return mode.attribute[isLit || isUnderlined ? attribute & 15 : attribute >> 4]!;
    };
    assert.equal(difference(screen, wanted), undefined);
  });
}

test('line compare shows address 0 below the split, and panning may end there', () => {
  const one = stage();
  one.setMode(modeX);
  setColours(one);
  draw(one, modeX);
  // Two lines of the picture further down, two pixels to the right; scan lines from 200 on begin anew.
  one.crtc(0x0d, 160);
  one.attribute(0x10, 0x61);
  one.attribute(0x13, 4);
  one.show();
  one.crtc(0x18, 199);
  one.crtc(0x07, 0x2e);
  one.crtc(0x09, 0x01);
  const wanted = (x: number, y: number): number =>
    y < 100 ? expected(modeX, x + 2 < 320 ? x + 2 : x + 2 - 320, y + 2 + (x + 2 < 320 ? 0 : 1)) : expected(modeX, x, y - 100);
  const screen = one.vga.picture();
  assert.equal(difference(screen, wanted), undefined);
});
