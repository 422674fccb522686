/** What a monitor at the machine shows, as data. */

export interface Cell {
  /** Which of the character generator's 256 glyphs. */
  readonly code: number;
  /** Indices into `colours`. */
  readonly foreground: number;
  readonly background: number;
  readonly isBlinking: boolean;
  readonly isUnderlined: boolean;
}

export interface Cursor {
  readonly column: number;
  readonly row: number;
}

export interface TextScreen {
  readonly kind: 'text';
  readonly columns: number;
  readonly rows: number;
  /** Row by row, `columns * rows` of them. */
  readonly cells: readonly Cell[];
  /** Undefined where none is shown. */
  readonly cursor: Cursor | undefined;
  /** Sixteen, each 0xRRGGBB. */
  readonly colours: readonly number[];
}

export interface PixelScreen {
  readonly kind: 'pixels';
  readonly width: number;
  readonly height: number;
  /** Row by row, four bytes a pixel: red, green, blue, and 255. */
  readonly rgba: Uint8Array;
}

export type Screen = TextScreen | PixelScreen;
