/** From where a terminal's mouse is to how it moves: a computer's mouse knows no places. */
import type { Screen } from '../../machine/index.ts';
import { scaleOf } from '../draw/halves.ts';
import type { Report } from './report.ts';

/** What a character of the terminal shows of a screen, in counts of a mouse. */
export interface Cell {
  readonly width: number;
  readonly height: number;
}

/** A character is as many pixels wide and high as on a VGA; a half block shows a square of them. */
export const cellOf = (screen: Screen, terminal: { readonly columns: number; readonly rows: number }): Cell => {
  if (screen.kind === 'text') return { width: 8, height: 16 };
  const scale = scaleOf(screen, terminal);
  return { width: scale, height: 2 * scale };
};

export interface Movement {
  /** Counts to the right, down, and of the wheel towards the user. */
  readonly dx: number;
  readonly dy: number;
  readonly dz: number;
  /** Those that are down, from bit 0: left, right, middle, and two more. */
  readonly buttons: number;
}

export class Pointer {
  #last: { readonly column: number; readonly row: number } | undefined;
  #buttons = 0;

  /** Where it is first it didn't come from anywhere. */
  move({ column, row, button, isDown, wheel }: Report, { width, height }: Cell): Movement {
    const last = this.#last ?? { column, row };
    this.#last = { column, row };
    if (button === undefined) this.#buttons = wheel === 0 ? 0 : this.#buttons;
    else if (isDown) this.#buttons |= button;
    else this.#buttons &= ~button;
    const along = (to: number, from: number, size: number): number => Math.round(to * size) - Math.round(from * size);
    return { dx: along(column, last.column, width), dy: along(row, last.row, height), dz: wheel, buttons: this.#buttons };
  }
}
