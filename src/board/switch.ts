/** Cuts lines off while its own is high; what they are meanwhile they are afterwards. */
import type { Line } from '../machine/index.ts';

interface Cut {
  readonly to: Line;
  isHigh: boolean;
}

export class Switch implements Line {
  readonly #lines: Cut[] = [];
  #isOpen = false;

  /** Whether the lines lead nowhere. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  set(isHigh: boolean): void {
    if (isHigh === this.#isOpen) return;
    this.#isOpen = isHigh;
    for (const { to, isHigh: level } of this.#lines) to.set(level && !isHigh);
  }

  behind(to: Line): Line {
    const line: Cut = { to, isHigh: false };
    this.#lines.push(line);
    return {
      set: (isHigh) => {
        line.isHigh = isHigh;
        if (!this.#isOpen) to.set(isHigh);
      },
    };
  }
}
