/**
 * Gives memory back that a computer's start and its work have left: V8 collects garbage where somebody makes more of it, and the C library keeps what V8's compilers
 * gave back, so a guest that rests would hold a third of its memory for nothing. Of Node's program itself, too, a start touches far more than a rest.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Pc } from '../board/index.ts';

/** How long a computer is watched for whether it rests. */
const lookMs = 2000;
/** A computer that takes less of a processor than this rests. */
const calmShare = 0.1;
/** Until all is swept. */
const sweptMs = 200;
/** Of processor time since the last time: whoever did less has left little. */
const workMs = 1000;

/** Tidies each time a computer has worked and rests. While it rests nobody looks: the first thing it does is to be told. */
export class Tidying implements Disposable {
  #timer: NodeJS.Timeout | undefined;
  #lookedAtMs = 0;
  #tidiedAtMs = 0;
  readonly #unused: () => readonly Uint8Array[];

  /** `unused` is memory that holds nothing. */
  constructor(unused: () => readonly Uint8Array[] = () => []) {
    this.#unused = unused;
  }

  /** It runs for as long as it may at once. */
  readonly worked = (): void => {
    if (this.#timer === undefined) this.#watch();
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #watch(): void {
    this.#lookedAtMs = usedMs();
    this.#timer = setTimeout(() => this.#look(), lookMs).unref();
  }

  #look(): void {
    const now = usedMs();
    this.#timer = undefined;
    if (now - this.#lookedAtMs > calmShare * lookMs) this.#watch();
    else if (now - this.#tidiedAtMs >= workMs)
      void tidy(this.#unused).then(() => {
        this.#tidiedAtMs = usedMs();
      });
  }
}

/** What of a computer's memory holds nothing: room that an emulated processor keeps for code. */
export const unusedOf = ({ emulated }: Pick<Pc, 'emulated'>): readonly Uint8Array[] =>
  emulated === undefined ? [] : [emulated.code.unused];

/** Takes some 60 ms of this thread, and 0.2 s of processor time with those of V8's that sweep and whoever needs next what was given back. */
export const tidy = async (unused: () => readonly Uint8Array[] = () => []): Promise<void> => {
  collect ??= await collector();
  // As where memory is short: pages with few objects are emptied, too, which halves what stays.
  collect({ type: 'major', flavor: 'last-resort' });
  // What V8 gives back it gives back in other threads.
  await pause(sweptMs, undefined, { ref: false });
  const { emptyPages, leaveFiles, trimHeap } = await import('../host/kernel/heap.ffi.ts');
  trimHeap();
  for (const bytes of unused()) emptyPages(bytes);
  leaveFiles();
};

/** V8's src/extensions/gc-extension.cc. */
type Collect = (how: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;

let collect: Collect | undefined;

/** V8 has it only under a flag, which would have it not take the code that was compiled ahead if it were set from the start. */
const collector = async (): Promise<Collect> => {
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import('node:v8'), import('node:vm')]);
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
