/** A machine as gdb needs it: whoever has one makes it, and tells the session when it has stopped. */
import type { CpuState, Exit, Stop } from '../machine/index.ts';

/** How the machine goes on. */
export interface Way {
  readonly stops: readonly Stop[];
  /** Whether the first instruction isn't stopped at: gdb doesn't know that it is at one. */
  readonly isPastFirst: boolean;
  /** One instruction, and further ones as long as they begin in this range of rip. */
  readonly step: { readonly from: bigint; readonly to: bigint } | undefined;
}

/** Why it has stopped: somebody asked for it, it stepped, what is replayed is through or, backwards, at its beginning, or its processor says so. */
export type Halt =
  | { readonly why: 'asked' }
  | { readonly why: 'stepped' }
  | { readonly why: 'end' | 'begin' }
  | Extract<Exit, { why: 'stop' | 'shutdown' | 'unsupported' | 'exception' }>;

export interface Target {
  save(): CpuState;
  /** A sentence where no processor can have it; then nothing has changed. */
  load(state: CpuState): string | undefined;
  /** What is at a linear address by the present page tables, which nothing notices; undefined where it isn't all memory. */
  read(address: bigint, bytes: number): Uint8Array | undefined;
  /** False where it can't be written, and nothing was. */
  write(address: bigint, bytes: Uint8Array): boolean;
  go(way: Way): void;
  /** Whether it can go back. */
  readonly canGoBack: boolean;
  /** Back to before the last of these stops, or else to the beginning; undefined: back by one instruction. Only where it can. */
  back(stops: readonly Stop[] | undefined): void;
  /** Has it stop soon. */
  halt(): void;
  /** It goes on without gdb. */
  leave(): void;
  /** It is switched off. */
  kill(): void;
  /** As its reset button does. A sentence where that isn't done. */
  reset(): string | undefined;
}
