/** Interrupt lines and other wires. */

/** A wire that stays at the level its owner sets. */
export interface Line {
  set(isHigh: boolean): void;
}

/** Leads nowhere. */
export const loose: Line = { set: () => {} };

/** Several owners of one pin have a wire each; the pin is high while one of them is. It tells of changes alone. */
export class Pin {
  readonly #to: Line;
  #high = 0;

  constructor(to: Line) {
    this.#to = to;
  }

  wire(): Line {
    let isHigh = false;
    return {
      set: (level) => {
        if (level === isHigh) return;
        isHigh = level;
        this.#high += level ? 1 : -1;
        if (this.#high === (level ? 1 : 0)) this.#to.set(level);
      },
    };
  }
}
