/** What the processor's own registers are connected with. */
import type { FeatureName } from '../../isa/index.ts';
import type { Physical } from '../memory/paging.ts';
import type { Whose } from '../memory/viewing.ts';

export interface Wires {
  readonly state: DataView;
  /** What it tells to have, and has. */
  readonly features: ReadonlySet<FeatureName>;
  /** Forgets all translations, and what was found by them. */
  flush(): void;
  /** Those of pages that aren't global. */
  flushLocal(): void;
  /** Nothing, but what decides about pages is read anew. */
  reconsider(): void;
  /** Those of the page of a linear address. */
  forgetPage(linear: bigint): void;
  /** CR3 has changed; whether translations by the one it has now are good still: bit 63. */
  enterSpace(keeps: boolean): void;
  /** Of what a PCID names, those of a page, or all: who keeps them longer than the PCID is in use forgets them. */
  forgetContext(pcid: bigint, linear: bigint | undefined): void;
  forgetContexts(): void;
  /** The processor's time, in ticks of its time-stamp counter. */
  now(): bigint;
  readonly physical: Physical;
  /** At linear addresses, by the program's rights, or the system's. Throws a `Fault`. */
  readonly memory: {
    read(linear: bigint, bytes: number): bigint;
    write(linear: bigint, bytes: number, value: bigint): void;
    probe(linear: bigint, bytes: number): void;
    readBytes(linear: bigint, bytes: number, whose?: Whose): Uint8Array;
    writeBytes(linear: bigint, bytes: Uint8Array, whose?: Whose): void;
  };
}
