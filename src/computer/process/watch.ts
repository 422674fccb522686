/** Sees that a machine will do nothing any more though its processor is on. */
import type { Pause, Pc } from '../../board/index.ts';
import type { CauseKind } from '../../environment/index.ts';
import type { Instant } from '../../machine/index.ts';

/** SDM Vol. 1, 3.4.3.3: IF. */
const interruptFlag = 0x200;
/** Of the machine's own time. Nothing in Linux keeps interrupts off for a second. */
const longestDeafNs = 60_000_000_000n;

export interface Watched {
  readonly processor: Pick<Pc['processor'], 'rflags'>;
  readonly clock: Pick<Pc['clock'], 'now'>;
}

export class Watch {
  readonly #pc: Watched;
  /** Since when interrupts were off whenever somebody looked. */
  #deafSince: Instant | undefined;

  constructor(pc: Watched) {
    this.#pc = pc;
  }

  /** Between two runs, which come some milliseconds after each other. `halt`: it waits for an interrupt, and takes none; no device of this board raises an NMI. */
  look({ why }: Pause): Extract<CauseKind, 'halt' | 'hang'> | undefined {
    const { processor, clock } = this.#pc;
    if ((processor.rflags & interruptFlag) !== 0) {
      this.#deafSince = undefined;
      return undefined;
    }
    if (why === 'idle') return 'halt';
    this.#deafSince ??= clock.now;
    return clock.now - this.#deafSince >= longestDeafNs ? 'hang' : undefined;
  }
}
