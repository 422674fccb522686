/** Pixels as half blocks: two of them, one above the other, in each character. */
import type { PixelScreen } from '../../machine/index.ts';
import { brightness, colourParameters } from './colour.ts';
import type { Frame, Terminal } from './frame.ts';

const upper = '▀';
/** Without colours: which halves are bright. */
const shades = [' ', '▄', '▀', '█'] as const;

/** As large as fits, as high and wide as it is, at the top left; never larger than its pixels. */
export const halves = (screen: PixelScreen, { columns, rows, colours }: Terminal): Pick<Frame, 'glyphs' | 'styles'> => {
  const scale = scaleOf(screen, { columns, rows });
  const [width, height] = [Math.floor(screen.width / scale), Math.floor(screen.height / scale)];
  const pixelAt = (x: number, y: number): number => (x < width && y < height ? mean(screen, x * scale, y * scale, scale) : 0);
  const [glyphs, styles]: [string[], string[]] = [[], []];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [above, below] = [pixelAt(column, row * 2), pixelAt(column, row * 2 + 1)];
      const isWithin = column < width && row * 2 < height;
      if (!isWithin || colours === 'none') {
        glyphs.push(isWithin ? shade(above, below) : ' ');
        styles.push('0');
      } else {
        glyphs.push(above === below ? ' ' : upper);
        styles.push(`0${colourParameters(above, below, colours)}`);
      }
    }
  return { glyphs, styles };
};

/** Pixels of the screen along one of a half block. */
export const scaleOf = ({ width, height }: PixelScreen, { columns, rows }: Pick<Terminal, 'columns' | 'rows'>): number =>
  Math.max(width / Math.max(columns, 1), height / Math.max(rows * 2, 1), 1);

const shade = (above: number, below: number): string =>
  shades[(brightness(above) > 127 ? 2 : 0) + (brightness(below) > 127 ? 1 : 0)] ?? ' ';

/** 0xRRGGBB of a square of pixels. */
const mean = ({ width, height, rgba }: PixelScreen, left: number, top: number, size: number): number => {
  const [fromX, fromY] = [Math.floor(left), Math.floor(top)];
  const endX = Math.min(Math.max(Math.floor(left + size), fromX + 1), width);
  const endY = Math.min(Math.max(Math.floor(top + size), fromY + 1), height);
  let [red, green, blue] = [0, 0, 0];
  for (let y = fromY; y < endY; y++)
    for (let x = fromX, at = (y * width + fromX) * 4; x < endX; x++, at += 4) {
      red += rgba[at] ?? 0;
      green += rgba[at + 1] ?? 0;
      blue += rgba[at + 2] ?? 0;
    }
  const count = (endX - fromX) * (endY - fromY);
  return (Math.round(red / count) << 16) | (Math.round(green / count) << 8) | Math.round(blue / count);
};
