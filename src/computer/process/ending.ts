/** How a machine ends: its process's status, and where nobody asked for it why, written where its kernel speaks. */
import { appendFileSync } from 'node:fs';
import type { Start } from '../../board/index.ts';
import { type CauseKind, causes } from '../../environment/index.ts';
import type { MachineDescription } from './description.ts';

/** 128 + SIGHUP, as of an init whose namespace begins anew (reboot(2)): whoever waits for it starts it again. */
const anew = 129;
/** From a panic to the end of a machine that doesn't begin anew by itself. */
const panicMs = 2000;

export class Ending {
  readonly #kernelLog: string;
  readonly #stop: () => void;
  #why: { readonly kind: CauseKind; readonly words: string } | 'anew' | undefined;

  constructor({ kernelLog }: Pick<MachineDescription, 'kernelLog'>, stop: () => void) {
    this.#kernelLog = kernelLog;
    this.#stop = stop;
  }

  /** It is to begin anew, which its process ends for. */
  readonly anew = (): Start => {
    this.#why ??= 'anew';
    this.#stop();
    return halted;
  };

  /** Its kernel says why next, and begins anew, unless it was told not to. */
  readonly panicked = (): void => {
    this.#why ??= { kind: 'panic', words: causes.panic };
    setTimeout(this.#stop, panicMs).unref();
  };

  /** What comes first is the cause. */
  seen(kind: CauseKind | undefined, words?: string): void {
    if (kind === undefined) return;
    this.#why ??= { kind, words: words ?? causes[kind] };
    this.#stop();
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

/** What stands there meanwhile: HLT. */
const halted: Start = {
  program: { protocol: 'flat', at: 0x7c00, code: Uint8Array.of(0xf4), entry: { segment: 0, offset: 0x7c00 } },
  commandLine: new Uint8Array(),
  modules: [],
};
