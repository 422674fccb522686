/** A computer that runs in a worker of its own, as a page has it. */
import type { Movement, Stroke } from '../environment/index.ts';
import { mostTries, untilNextTry } from './loading.ts';
import type { FromWorker, Kept, Plan, ToWorker } from './messages.ts';

export type Shown = Extract<FromWorker, { what: 'screen' }>;

/** What the page does with what it is told. */
export interface Told {
  running(): void;
  /** Bytes that came out of the first serial port. */
  sent(bytes: Uint8Array): void;
  /** Another picture comes only when this has returned. */
  screen(shown: Shown): void;
  /** Whether its system listens to a mouse has changed. */
  heard(isHeard: boolean): void;
  /** What happened to it, in a sentence: it goes on. */
  said(sentence: string): void;
  /** It was saved in this browser: so many bytes. */
  saved(bytes: number): void;
  /** What this browser keeps of what was written to its disks. */
  kept(disks: readonly Kept[]): void;
  /** It is off: a sentence where it didn't switch itself off. Nothing follows. */
  end(code: number, why: string | undefined): void;
}

export class Computer {
  readonly #told: Told;
  #worker: Worker;
  #isOff = false;

  /** Switches it on. Bytes of the plan are copied. */
  constructor(plan: Plan, told: Told) {
    this.#told = told;
    this.#worker = this.#begun(plan, mostTries);
  }

  /** Each key is waited with until the computer has fetched the one before. */
  type(strokes: readonly Stroke[]): void {
    this.#tell({ what: 'type', strokes });
  }

  /** Lost where its system doesn't listen to a mouse. */
  move(movement: Movement): void {
    this.#tell({ what: 'move', movement });
  }

  /** To the first serial port. */
  send(bytes: Uint8Array): void {
    this.#tell({ what: 'send', bytes });
  }

  /** In this browser, instead of what was saved before: `savedIn`. It is told when that is done, or why it can't be. */
  save(): void {
    this.#tell({ what: 'save' });
  }

  off(): void {
    this.#isOff = true;
    this.#tell({ what: 'off' });
  }

  #begun(plan: Plan, triesLeft: number): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#hear(data);
    worker.onerror = ({ message }) => {
      // What could not be loaded says nothing: HTML, "Run a worker".
      if (message) this.#end(1, `its worker ended: ${message}`);
      else if (triesLeft > 1) void this.#beginAnew(plan, triesLeft - 1);
      else this.#end(1, 'its worker ended: its program could not be loaded');
    };
    worker.postMessage({ what: 'boot', plan } satisfies ToWorker);
    return worker;
  }

  async #beginAnew(plan: Plan, triesLeft: number): Promise<void> {
    await untilNextTry();
    if (this.#isOff) this.#end(0, undefined);
    else this.#worker = this.#begun(plan, triesLeft);
  }

  #hear(message: FromWorker): void {
    switch (message.what) {
      case 'running':
        this.#told.running();
        break;
      case 'said':
        this.#told.said(message.sentence);
        break;
      case 'saved':
        this.#told.saved(message.bytes);
        break;
      case 'kept':
        this.#told.kept(message.disks);
        break;
      case 'sent':
        this.#told.sent(message.bytes);
        break;
      case 'screen':
        this.#told.screen(message);
        this.#tell({ what: 'shown' });
        break;
      case 'heard':
        this.#told.heard(message.isHeard);
        break;
      case 'end':
        this.#end(message.code, message.why);
        break;
      default:
        message satisfies never;
    }
  }

  #end(code: number, why: string | undefined): void {
    this.#worker.terminate();
    this.#told.end(code, why);
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
