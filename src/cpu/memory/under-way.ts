/** The instruction that is under way, while it touches what is no memory: devices look at the time, and may ask for control. */
import { Record, State, stopBefore } from '../../isa/index.ts';

export class UnderWay {
  /** Linear memory, where its block's records are. */
  readonly #linear: DataView;
  readonly #state: DataView;
  #record = 0;
  #isOutside = false;
  #goOn: (() => void) | undefined;

  constructor(linear: DataView, state: DataView) {
    this.#linear = linear;
    this.#state = state;
  }

  /** An instruction, by its record, touches memory; 0 where what follows is no instruction's own access. */
  note(record: number): void {
    this.#record = record;
  }

  /** How many instructions of its block are behind it: they were counted when the block began. */
  get unfinished(): number {
    return this.#isTouching ? this.#linear.getUint8(this.#record + Record.left) - 1 : 0;
  }

  /** Offset of the instruction behind it; undefined where what touched memory last was none. */
  get next(): bigint | undefined {
    return this.#record === 0 ? undefined : this.#linear.getBigUint64(this.#record + Record.next, true);
  }

  /** Has it be the last before control is given back. */
  stop(): void {
    if (this.#isTouching) this.#goOn ??= stopBefore(this.#linear, this.#record + Record.size);
  }

  /** Blocks may be entered again. */
  goOn(): void {
    this.#goOn?.();
    this.#goOn = undefined;
  }

  /** Whoever asks for the time next is told it by the clock. */
  doubt(): void {
    this.#state.setUint32(State.doubted, 1, true);
  }

  outside<Result>(touch: () => Result): Result {
    this.doubt();
    this.#isOutside = true;
    try {
      return touch();
    } finally {
      this.#isOutside = false;
    }
  }

  get #isTouching(): boolean {
    return this.#isOutside && this.#record !== 0;
  }
}
