import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { type Picture, pngOf } from './png.ts';

const pictureOf = (width: number, height: number, colourAt: (x: number, y: number) => readonly [number, number, number]): Picture => ({
  ...{ width, height },
  rgba: Uint8Array.from(Array.from({ length: width * height }, (_, at) => [...colourAt(at % width, Math.floor(at / width)), 255]).flat()),
});

/** Netpbm's reading, which is libpng's: width, height and the pixels' red, green and blue. */
const read = (png: Uint8Array): { readonly size: string; readonly rgb: Uint8Array } => {
  const pam = execFileSync('pngtopam', { input: png, maxBuffer: 1e8 });
  const [head = '', channels = '1'] = /^P([56]) ?\s*\d+ \d+\s\d+\s/.exec(pam.toString('latin1', 0, 40)) ?? [];
  const [, size = ''] = /(\d+ \d+)\s(\d+)\s$/.exec(head) ?? [];
  const pixels = pam.subarray(head.length);
  return { size, rgb: channels === '6' ? pixels : Uint8Array.from([...pixels].flatMap((grey) => [grey, grey, grey])) };
};

const wanted = ({ rgba }: Picture): Uint8Array => rgba.filter((_, at) => at % 4 !== 3);

for (const [name, picture, type, depth] of [
  ['one colour', pictureOf(5, 3, () => [200, 100, 50]), 3, 1],
  ['two colours in rows of 13', pictureOf(13, 7, (x, y) => ((x + y) % 2 === 0 ? [255, 0, 0] : [0, 0, 1])), 3, 1],
  ['four colours', pictureOf(9, 9, (x, y) => [((x * y) % 4) * 80, 7, 9]), 3, 2],
  ['16 colours', pictureOf(17, 16, (x, y) => [((x + y) % 16) * 16, 1, 2]), 3, 4],
  ['256 colours', pictureOf(320, 200, (x, y) => [(x + y) & 0xff, 255 - ((x + y) & 0xff), 3]), 3, 8],
  ['more colours', pictureOf(300, 100, (x, y) => [x & 0xff, y, (x * y) & 0xff]), 2, 8],
] as const)
  test(`a picture of ${name} is read as it was`, () => {
    const png = pngOf(picture);
    assert.deepEqual([png[25], png[24]], [type, depth]);
    const { size, rgb } = read(png);
    assert.equal(size, `${picture.width} ${picture.height}`);
    assert.ok(Buffer.compare(rgb, wanted(picture)) === 0);
  });

test('what is no picture is refused', () => {
  assert.throws(() => pngOf({ width: 0, height: 5, rgba: new Uint8Array(0) }), /0 bytes are no picture of 0 by 5 pixels/);
  assert.throws(() => pngOf({ width: 2, height: 2, rgba: new Uint8Array(15) }), RangeError);
});
