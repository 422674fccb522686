/**
 * Gives memory back that a computer's start and its work have left: V8 collects garbage where somebody makes more of it, and the C library keeps what V8's compilers
 * gave back, so a guest that rests would hold a third of its memory for nothing. Of Node's program itself, too, a start touches far more than a rest.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { Pc } from '../board/index.ts';

/** How long a computer is watched for whether it rests. */
const lookMs = 2000;
/** A computer that takes less of a processor than this rests. */
const calmShare = 0.1;
/** And that ran no more often for as long as it may at once, which is some ten milliseconds: on a busy host it takes little of a processor, too, while it works all the time. */
const calmRuns = (calmShare * lookMs) / 10;
/** Until all is swept. */
const sweptMs = 200;
/** Of processor time since the last time: whoever did less has left little. */
const workMs = 1000;

/** The same of one that never rests. */
const usualBusyMs = 120_000;
/** By how much V8 lets the heap grow, in hundredths of what was needed when it last looked, once a computer's start is over: what translates for it makes little garbage, and keeps much. */
const growth = 20;

/** Tidies each time a computer has worked and rests, and now and then while it works on. While it rests nobody looks: the first thing it does is to be told. */
export class Tidying implements Disposable {
  #timer: NodeJS.Timeout | undefined;
  #lookedAtMs = 0;
  #tidiedAtMs = 0;
  #runs = 0;
  readonly #forget: () => readonly Uint8Array[];
  readonly #busyMs: number;

  /** `forget`: as `tidy` has it. `busyMs`: of processor time, after which one is tidied that doesn't rest. */
  constructor(forget: () => readonly Uint8Array[] = () => [], busyMs = usualBusyMs) {
    this.#forget = forget;
    this.#busyMs = busyMs;
  }

  /** It runs for as long as it may at once. */
  readonly worked = (): void => {
    this.#runs++;
    if (this.#timer === undefined) this.#watch();
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #watch(): void {
    this.#lookedAtMs = usedMs();
    this.#runs = 0;
    this.#timer = setTimeout(() => this.#look(), lookMs).unref();
  }

  #look(): void {
    const now = usedMs();
    this.#timer = undefined;
    setFlagsFromString(`--heap-growing-percent=${growth}`);
    const isBusy = now - this.#lookedAtMs > calmShare * lookMs || this.#runs > calmRuns;
    if (now - this.#tidiedAtMs >= (isBusy ? this.#busyMs : workMs)) void this.#tidy(now);
    if (isBusy) this.#watch();
  }

  async #tidy(now: number): Promise<void> {
    this.#tidiedAtMs = now;
    await tidy(this.#forget);
    this.#tidiedAtMs = usedMs();
  }
}

/** Has emulated processors forget code that they seldom ran. Returns what of their memory holds nothing then: room that they keep for code. */
export const thinOut = ({ allEmulated }: Pick<Pc, 'allEmulated'>): readonly Uint8Array[] =>
  allEmulated.map(({ code }) => {
    code.thinOut();
    return code.unused;
  });

/**
 * Takes some 60 ms of this thread, and 0.2 s of processor time with those of V8's that sweep and whoever needs next what was given back. `forget` returns memory that holds
 * nothing any more.
 */
export const tidy = async (forget: () => readonly Uint8Array[] = () => []): Promise<void> => {
  collect ??= await collector();
  const { emptyPages, leaveFiles, trimHeap } = await import('../host/kernel/heap.ffi.ts');
  for (const bytes of forget()) emptyPages(bytes);
  // As where memory is short: pages with few objects are emptied, too, which halves what stays.
  collect({ type: 'major', flavor: 'last-resort' });
  // What V8 gives back it gives back in other threads.
  await pause(sweptMs, undefined, { ref: false });
  trimHeap();
  leaveFiles();
};

/** V8's src/extensions/gc-extension.cc. */
type Collect = (how: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;

let collect: Collect | undefined;

/** V8 has it only under a flag, which would have it not take the code that was compiled ahead if it were set from the start. */
const collector = async (): Promise<Collect> => {
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('gc') as Collect; // It is V8's own.
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
};

const usedMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
