/** A line whose end somebody watches. */
import type { Line } from '../../machine/index.ts';

export class Probe implements Line {
  isHigh = false;
  /** How often it went from low to high. */
  rises = 0;

  set(isHigh: boolean): void {
    if (isHigh && !this.isHigh) this.rises++;
    this.isHigh = isHigh;
  }
}
