/** Writes down what comes into a computer, and when. */
import type { Pause, Pc } from '../../board/index.ts';
import type { End, Pointed, Receiving, Typed } from '../../desk/index.ts';
import { type Instant, instant } from '../../machine/index.ts';
import type { What } from './events.ts';
import type { RecordingWriter } from './file.ts';
import { endingOf, type Keeping, type Kept, momentOf } from './kept.ts';
import type { Doing } from './overlay.ts';
import { StateDigest } from './state.ts';

/** Instructions between two digests of its state: a digest takes milliseconds, these some hundred. */
const between = 50_000_000n;

export class Recording implements Keeping {
  readonly startSeconds: number;
  readonly digest = new StateDigest();
  readonly #open: () => RecordingWriter;
  readonly #hostNow: () => Instant;
  #writer: RecordingWriter | undefined;
  #recorder: Recorder | undefined;

  /** `open` begins the file, `hostNow` is what the computer's time goes by while it idles. */
  constructor(open: () => RecordingWriter, startSeconds: number, hostNow: () => Instant) {
    this.#open = open;
    this.startSeconds = startSeconds;
    this.#hostNow = hostNow;
  }

  doing(disk: string): Doing {
    return (call, work) => {
      const isThrough = work();
      if (!isThrough) this.#recorder?.note({ kind: 'fault', disk, call });
      return isThrough;
    };
  }

  before(pc: Pc): Kept {
    this.#writer = this.#open();
    this.#recorder = new Recorder(pc, this.#writer, this.digest, this.#hostNow);
    return this.#recorder;
  }

  [Symbol.dispose](): void {
    this.#writer?.[Symbol.dispose]();
  }
}

class Recorder implements Kept {
  readonly #pc: Pc;
  readonly #writer: RecordingWriter;
  readonly #digest: StateDigest;
  readonly #hostNow: () => Instant;
  readonly serial: Receiving;
  readonly keyboard: Typed;
  readonly mouse: Pointed;
  /** Since when it idles, by the host's time, and until when by its own. */
  #idle: { readonly since: Instant; readonly until: Instant | undefined } | undefined;
  #received: number[] = [];
  #next = between;
  #lost: unknown;

  constructor(pc: Pc, writer: RecordingWriter, digest: StateDigest, hostNow: () => Instant) {
    this.#pc = pc;
    this.#writer = writer;
    this.#digest = digest;
    this.#hostNow = hostNow;
    const [uart] = pc.chips.serial;
    const { keyboard } = pc.chips;
    this.serial = {
      get room() {
        return uart?.room ?? 0;
      },
      receive: (byte) => {
        this.#wake();
        this.#received.push(byte);
        uart?.receive(byte);
      },
    };
    const stroke = (isDown: boolean) => (code: Parameters<Typed['press']>[0]) => {
      this.#wake();
      this.#flush();
      this.note({ kind: 'key', code, isDown });
      if (isDown) keyboard.press(code);
      else keyboard.release(code);
    };
    this.keyboard = {
      get isRead() {
        return keyboard.isRead;
      },
      press: stroke(true),
      release: stroke(false),
    };
    this.mouse = {
      get isMouseHeard() {
        return keyboard.isMouseHeard;
      },
      get isMouseRead() {
        return keyboard.isMouseRead;
      },
      move: (dx, dy, dz, buttons) => {
        this.#wake();
        this.#flush();
        this.note({ kind: 'mouse', dx, dy, dz, buttons });
        keyboard.move(dx, dy, dz, buttons);
      },
    };
  }

  get clock(): Pc['clock'] {
    return this.#pc.clock;
  }

  /** Throws `path-closed` where the recording can't be written any more. */
  run(most: number): Pause {
    this.#wake();
    this.#flush();
    const { processor } = this.#pc;
    if (processor.instructions >= this.#next) {
      this.#next = processor.instructions + between;
      this.note({ kind: 'state', digest: this.#digest.next(this.#pc) });
    }
    if (this.#lost !== undefined) throw this.#lost;
    const pause = this.#pc.run(most);
    if (pause.why === 'idle') this.#idle = { since: this.#hostNow(), until: pause.until };
    return pause;
  }

  finish(end: End | undefined): string | undefined {
    if (this.#lost !== undefined) throw this.#lost;
    this.#wake();
    this.#flush();
    this.#writer.end({ ...momentOf(this.#pc), kind: 'end', ...endingOf(end), digest: this.#digest.last(this.#pc) });
    return undefined;
  }

  /** From the midst of an instruction, too: what goes wrong is told behind it. */
  note(what: What): void {
    if (this.#lost !== undefined) return;
    try {
      this.#writer.write({ ...momentOf(this.#pc), ...what });
    } catch (error) {
      this.#lost = error;
    }
  }

  /** As long as the host took, time has passed for the computer, but not beyond what it waits for. */
  #wake(): void {
    const idle = this.#idle;
    if (idle === undefined) return;
    this.#idle = undefined;
    const now = instant(this.#pc.clock.now + (this.#hostNow() - idle.since));
    this.#pc.pass(idle.until !== undefined && idle.until < now ? idle.until : now);
  }

  /** Bytes that came together are on one line. */
  #flush(): void {
    if (this.#received.length === 0) return;
    const bytes = Buffer.from(this.#received).toString('hex');
    this.#received = [];
    this.note({ kind: 'serial', port: 0, bytes });
  }
}
