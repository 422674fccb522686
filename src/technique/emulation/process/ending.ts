/** How a machine ends: its process's status, and where nobody asked for it why, written where its kernel speaks. */
import { appendFileSync } from 'node:fs';
import { type CauseKind, causes } from '../../../environment/index.ts';

/** 128 + SIGHUP, as of an init whose namespace begins anew (reboot(2)): whoever waits for it starts it again. */
const anew = 129;

export class Ending {
  readonly #kernelLog: string;
  #why: { readonly kind: CauseKind; readonly words: string } | 'anew' | undefined;

  constructor(kernelLog: string) {
    this.#kernelLog = kernelLog;
  }

  /** What comes first is the cause: a kernel that has panicked begins anew. */
  is(kind: CauseKind | 'anew', words?: string): void {
    this.#why ??= kind === 'anew' ? kind : { kind, words: words ?? causes[kind] };
  }

  /** Once all that the machine said is written. Returns the status. */
  tell(): number {
    const why = this.#why;
    if (why === undefined) return 0;
    if (why === 'anew') return anew;
    // guest/last-words.ts
    appendFileSync(this.#kernelLog, `\nisola (${why.kind}): ${why.words}\n`);
    return 1;
  }
}
