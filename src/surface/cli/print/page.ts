/** The paper text for people is set on. */
import type { Paint } from '../telling/style.ts';

export interface Page {
  /** Columns of the terminal; undefined where it is none, and nothing is cut. */
  readonly columns: number | undefined;
  /** Lines of the terminal. */
  readonly rows: number | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly paint: Paint;
}
