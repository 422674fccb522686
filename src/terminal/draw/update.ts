/** What is sent to a terminal: ECMA-48 CUP, SGR and ED; DEC's private modes as in xterm's ctlseqs. */
import { type Frame, plain } from './frame.ts';

/** Another screen than the shell's; without wrapping, so that the last column is one like the others. */
export const begin = '\x1b[?1049h\x1b[?7l\x1b[?25l';
export const end = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l';

/** So many characters that have not changed are sent again, where moving over them would be longer. */
const gap = 4;

/** From one frame to the next, only what has changed; everything where there is none before, or it is of another size. */
export const update = (before: Frame | undefined, after: Frame): string => {
  const isSame = before !== undefined && before.columns === after.columns && before.rows === after.rows;
  const shown = isSame ? before : blank(after);
  let text = isSame ? '' : '\x1b[0m\x1b[2J';
  for (let row = 0; row < after.rows; row++) text += changesOf(shown, after, row);
  const drawn = text === '' ? '' : `${text}\x1b[0m`;
  return drawn + cursorOf(isSame ? before : undefined, after, drawn !== '');
};

const blank = ({ columns, rows, colours }: Frame): Frame => ({
  ...{ columns, rows, colours, left: 0, top: 0, cursor: undefined },
  glyphs: Array(columns * rows).fill(' '),
  styles: Array(columns * rows).fill(plain),
});

const changesOf = (before: Frame, after: Frame, row: number): string => {
  const { columns } = after;
  const from = row * columns;
  const isOther = (column: number): boolean =>
    before.glyphs[from + column] !== after.glyphs[from + column] || before.styles[from + column] !== after.styles[from + column];
  let text = '';
  let style: string | undefined;
  let sentTo = -1;
  for (let column = 0; column < columns; column++) {
    if (!isOther(column)) continue;
    const begins = sentTo < 0 || column - sentTo > gap;
    if (begins) text += `\x1b[${row + 1};${column + 1}H`;
    for (let at = begins ? column : sentTo; at <= column; at++) {
      const mine = after.styles[from + at] ?? plain;
      if (mine !== style) text += `\x1b[${mine}m`;
      style = mine;
      text += after.glyphs[from + at] ?? ' ';
    }
    sentTo = column + 1;
  }
  return text;
};

/** Drawing leaves it anywhere. */
const cursorOf = (before: Frame | undefined, { cursor }: Frame, isMoved: boolean): string => {
  const was = before?.cursor;
  if (cursor === undefined) return was === undefined && before !== undefined ? '' : '\x1b[?25l';
  const isThere = !isMoved && was?.column === cursor.column && was.row === cursor.row;
  return `${isThere ? '' : `\x1b[${cursor.row + 1};${cursor.column + 1}H`}${was === undefined ? '\x1b[?25h' : ''}`;
};
