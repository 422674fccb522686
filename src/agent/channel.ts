/** One command inside: from its order to its end. */
import { signals } from '../abi/index.ts';
import type { ByteSink, Exit, Running, TerminalSize } from '../environment/index.ts';
import { ChunkQueue } from './queue.ts';
import { AgentDamage, decodeNumbers, encodeNumbers, type Frame, fromAgent, fromHost, type Stage, stages, windowBytes } from './wire.ts';

/** The command could not be started: where it failed, and the guest's errno (errno(3)). */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
  readonly stage: Stage;
  readonly errno: number;

  constructor(stage: Stage, errno: number) {
    super(`the ${stage} was refused with errno ${errno}`);
    this.stage = stage;
    this.errno = errno;
  }
}

/** A command that runs, with a terminal that can change its size. */
export interface Remote extends Running {
  /** Its process id inside. */
  readonly pid: number;
  resize(size: TerminalSize): void;
  /** Ends it at once; nobody listens any more. */
  close(): void;
}

export class Channel {
  readonly started: Promise<Remote>;
  /** In as many frames as it takes. */
  readonly #send: (kind: number, payload: Uint8Array) => void;
  readonly #out = new ChunkQueue((bytes) => this.#taken(bytes));
  readonly #err = new ChunkQueue((bytes) => this.#taken(bytes));
  readonly #start = Promise.withResolvers<Remote>();
  readonly #exit = Promise.withResolvers<Exit>();
  /** Output the agent may still send. */
  #granted = windowBytes;
  /** Output read here and not granted anew yet. */
  #owed = 0;
  /** Input the agent takes now. */
  #credit = windowBytes;
  #wake: (() => void) | undefined;
  #over = false;

  constructor(send: (kind: number, payload: Uint8Array) => void) {
    this.#send = send;
    this.started = this.#start.promise;
    // Whoever never asks how it ended must not be told by a crash.
    this.#exit.promise.catch(() => {});
  }

  /** True once this was the channel's last frame. Throws AgentDamage. */
  take(frame: Frame): boolean {
    switch (frame.kind) {
      case fromAgent.started:
        this.#start.resolve(this.#remote(decodeNumbers(frame, 4)[0] ?? 0));
        return false;
      case fromAgent.out:
      case fromAgent.err:
        this.#output(frame);
        return false;
      case fromAgent.credit:
        this.#creditGrows(decodeNumbers(frame, 4)[0] ?? 0);
        return false;
      case fromAgent.exit: {
        const [status = 0, signal = 0] = decodeNumbers(frame, 1, 1);
        this.#ended(signal === 0 ? { code: status, signal: null } : { code: 128 + signal, signal: signalName(signal) });
        return true;
      }
      case fromAgent.refused: {
        const [stage = 0, errno = 0] = decodeNumbers(frame, 1, 2);
        this.fail(new StartRefused((stages[stage] || 'frame') as Stage, errno));
        return true;
      }
      default:
        throw new AgentDamage(`it sent a frame of kind ${frame.kind}`);
    }
  }

  /** The session is over. */
  fail(error: unknown): void {
    this.#over = true;
    this.#start.reject(error);
    this.#exit.reject(error);
    this.#out.fail(error);
    this.#err.fail(error);
    this.#wake?.();
  }

  #remote(pid: number): Remote {
    return {
      pid,
      stdin: this.#stdin(),
      stdout: this.#out,
      stderr: this.#err,
      exit: this.#exit.promise,
      signal: (name) => {
        const number = signals[name as keyof typeof signals];
        if (number !== undefined && !this.#over) this.#send(fromHost.signal, encodeNumbers([number, 1]));
      },
      resize: ({ columns, rows }) => {
        if (!this.#over) this.#send(fromHost.size, encodeNumbers([columns, 2], [rows, 2]));
      },
      close: () => {
        if (!this.#over) this.#send(fromHost.close, new Uint8Array());
      },
    };
  }

  /** Waits where the command reads slowly, and forgets what one that has ended will never read. */
  #stdin(): ByteSink {
    return {
      write: async (chunk) => {
        for (let at = 0; at < chunk.length && !this.#over; ) {
          if (this.#credit === 0) {
            await new Promise<void>((resolve) => (this.#wake = resolve));
            continue;
          }
          const piece = chunk.subarray(at, at + this.#credit);
          this.#credit -= piece.length;
          this.#send(fromHost.data, piece);
          at += piece.length;
        }
      },
      end: async () => {
        if (!this.#over) this.#send(fromHost.end, new Uint8Array());
      },
    };
  }

  #output({ kind, payload }: Frame): void {
    if (payload.length > this.#granted) throw new AgentDamage('it sent more than it was granted');
    this.#granted -= payload.length;
    (kind === fromAgent.out ? this.#out : this.#err).push(payload);
  }

  /** Grants in halves of a window: a frame for every chunk would double the traffic. */
  #taken(bytes: number): void {
    this.#owed += bytes;
    if (this.#over || this.#owed < windowBytes / 2) return;
    this.#granted += this.#owed;
    this.#send(fromHost.grant, encodeNumbers([this.#owed, 4]));
    this.#owed = 0;
  }

  #creditGrows(bytes: number): void {
    if (bytes > windowBytes - this.#credit) throw new AgentDamage('it took more input than it was sent');
    this.#credit += bytes;
    this.#wake?.();
  }

  #ended(exit: Exit): void {
    this.#over = true;
    this.#start.reject(new AgentDamage('its command ended before it began'));
    this.#out.end();
    this.#err.end();
    this.#exit.resolve(exit);
    this.#wake?.();
  }
}

const signalName = (number: number): string => Object.entries(signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`;
