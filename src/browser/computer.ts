/** A computer that runs in a worker of its own, as a page has it. */
import type { Movement, Stroke } from '../environment/index.ts';
import type { FromWorker, Plan, ToWorker } from './messages.ts';

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
  /** It is off: a sentence where it didn't switch itself off. Nothing follows. */
  end(code: number, why: string | undefined): void;
}

export class Computer {
  readonly #worker: Worker;
  readonly #told: Told;

  /** Switches it on. Bytes of the plan are copied. */
  constructor(plan: Plan, told: Told) {
    this.#told = told;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#hear(data);
    this.#worker.onerror = (event) => this.#end(1, `its worker ended: ${event.message || 'its program could not be loaded'}`);
    this.#tell({ what: 'boot', plan });
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

  off(): void {
    this.#tell({ what: 'off' });
  }

  #hear(message: FromWorker): void {
    switch (message.what) {
      case 'running':
        this.#told.running();
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
