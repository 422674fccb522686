/** Where the beam is: input status 1, derived from the machine's time alone. */
import type { Instant } from '../../machine/index.ts';
import { frameOf } from './crtc.ts';
import { InputStatus } from './registers.ts';
import type { VgaState } from './state.ts';

export class Beam {
  #lineNs = 0;
  #shownNs = 0;
  #lines = 0;
  #total = 0;
  #retraceStart = 0;
  #retraceEnd = 0;

  /** After the CRT controller was programmed. */
  follow(state: VgaState): void {
    const frame = frameOf(state);
    const nsPerDot = 1e9 / frame.dotsPerSecond;
    this.#lineNs = Math.round(frame.dots * nsPerDot);
    this.#shownNs = Math.min(Math.round(frame.columns * frame.dotsPerColumn * nsPerDot), this.#lineNs - 1);
    this.#lines = frame.lines;
    this.#total = frame.total;
    this.#retraceStart = frame.retraceStart;
    this.#retraceEnd = frame.retraceStart + frame.retraceLines;
  }

  status(now: Instant): number {
    const inFrame = Number(now % BigInt(this.#lineNs * this.#total));
    const line = Math.floor(inFrame / this.#lineNs);
    const isShown = line < this.#lines && inFrame - line * this.#lineNs < this.#shownNs;
    const isReturning = line >= this.#retraceStart && line < this.#retraceEnd;
    return (isShown ? 0 : InputStatus.blank) | (isReturning ? InputStatus.retrace : 0);
  }

  /** Pictures shown since the machine was switched on: what blinks counts them. */
  pictures(now: Instant): number {
    return Number(now / BigInt(this.#lineNs * this.#total));
  }
}
