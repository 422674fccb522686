/** A serial port as a stream of bytes each way. */
import type { Uart } from '../devices/index.ts';

/** A serial port, or what stands before it. */
export type Receiving = Pick<Uart, 'room' | 'receive'>;

/** Bytes from which on who sends is to wait, and what waits at the most: a guest that doesn't look loses what it sends then. */
const [enough, most] = [64 * 1024, 1024 * 1024];

/** What the guest sends, until it is closed. Who reads gets all that has come since he read last. */
export class Outgoing {
  /** Called when there is room again after there was none. */
  onRoom: (() => void) | undefined;
  #chunks: number[] = [];
  #news: (() => void) | undefined;
  #isClosed = false;

  transmit(byte: number): void {
    if (this.#chunks.length < most) this.#chunks.push(byte);
    this.#news?.();
  }

  get isBusy(): boolean {
    return !this.#isClosed && this.#chunks.length >= enough;
  }

  close(): void {
    this.#isClosed = true;
    this.#news?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (;;) {
      if (this.#chunks.length > 0) {
        const bytes = Uint8Array.from(this.#chunks);
        const wasBusy = this.isBusy;
        this.#chunks = [];
        if (wasBusy) this.onRoom?.();
        yield bytes;
      } else if (this.#isClosed) return;
      else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#news = resolve;
        await promise;
        this.#news = undefined;
      }
    }
  }
}

/** What goes to the guest: no more at a time than its UART takes. */
export class Incoming {
  readonly #uart: Receiving;
  #bytes: Uint8Array = new Uint8Array();

  constructor(uart: Receiving) {
    this.#uart = uart;
  }

  /** Bytes that wait. */
  get waiting(): number {
    return this.#bytes.length;
  }

  write(bytes: Uint8Array): void {
    const both = new Uint8Array(this.#bytes.length + bytes.length);
    both.set(this.#bytes);
    both.set(bytes, this.#bytes.length);
    this.#bytes = both;
  }

  /** Gives it what it has room for. Returns whether that was anything. */
  feed(): boolean {
    const count = Math.min(this.#uart.room, this.#bytes.length);
    for (const byte of this.#bytes.subarray(0, count)) this.#uart.receive(byte);
    this.#bytes = this.#bytes.subarray(count);
    return count > 0;
  }
}
