/** What a terminal shows of a screen. */
import type { Screen, TextScreen } from '../../machine/index.ts';
import { characters } from '../cp437.ts';
import { type Colours, colourParameters } from './colour.ts';
import { halves } from './halves.ts';

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly colours: Colours;
}

export interface Frame extends Terminal {
  /** One character each, row by row. */
  readonly glyphs: readonly string[];
  /** Parameters of SGR, of each. */
  readonly styles: readonly string[];
  readonly cursor: { readonly column: number; readonly row: number } | undefined;
  /** What of a larger text is at the top left. */
  readonly left: number;
  readonly top: number;
}

export const plain = '0';

/** `before` is the frame shown until now: of a text larger than the terminal the same part stays, as long as the cursor is in it. */
export const frameOf = (screen: Screen, terminal: Terminal, before?: Frame): Frame =>
  screen.kind === 'text'
    ? textFrame(screen, terminal, before)
    : { ...terminal, ...halves(screen, terminal), cursor: undefined, left: 0, top: 0 };

const textFrame = (screen: TextScreen, terminal: Terminal, before?: Frame): Frame => {
  const { cursor } = screen;
  const left = partOf(screen.columns, terminal.columns, cursor?.column, before?.left ?? 0);
  const top = partOf(screen.rows, terminal.rows, cursor?.row, before?.top ?? 0);
  const [glyphs, styles]: [string[], string[]] = [[], []];
  const styleOf = stylesOf(screen, terminal.colours);
  for (let row = 0; row < terminal.rows; row++)
    for (let column = 0; column < terminal.columns; column++) {
      const isWithin = row + top < screen.rows && column + left < screen.columns;
      const cell = isWithin ? screen.cells[(row + top) * screen.columns + column + left] : undefined;
      glyphs.push(cell === undefined ? ' ' : glyphOf(cell.code));
      styles.push(cell === undefined ? plain : styleOf(cell));
    }
  return { ...terminal, glyphs, styles, left, top, cursor: cursor && { column: cursor.column - left, row: cursor.row - top } };
};

/** Where what is shown begins, so that the cursor is in it: moved no further than it must. */
const partOf = (size: number, shown: number, cursor: number | undefined, before: number): number => {
  const from = cursor === undefined ? before : Math.min(Math.max(before, cursor - shown + 1), cursor);
  return Math.min(from, Math.max(size - shown, 0));
};

/** A space that doesn't break is a space. */
const glyphOf = (code: number): string => (code === 0xff ? ' ' : (characters[code] ?? ' '));

/** A screen has few styles: each is made once. */
const stylesOf = ({ colours: palette }: TextScreen, colours: Colours): ((cell: TextScreen['cells'][number]) => string) => {
  const made = new Map<number, string>();
  return ({ foreground, background, isBlinking, isUnderlined }) => {
    const key = foreground + 16 * background + (isBlinking ? 256 : 0) + (isUnderlined ? 512 : 0);
    const style =
      made.get(key) ??
      `0${isUnderlined ? ';4' : ''}${isBlinking ? ';5' : ''}${colourParameters(palette[foreground] ?? 0, palette[background] ?? 0, colours)}`;
    made.set(key, style);
    return style;
  };
};
