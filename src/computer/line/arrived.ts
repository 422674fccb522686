/** Frames that have come in by a stream, each behind its length, and wait to be taken in their order. */
import type { Frames } from '../../devices/index.ts';

export const lengthBytes = 4;
/** What is no frame's length: whoever sends it speaks of something else. */
const tooLong = 0x2_0000;
/** As many are looked at. */
const mostKnown = 128;

export class Arrived implements Frames {
  #bytes = Buffer.alloc(0);
  #from = 0;
  #end = 0;
  /** Where the first frames begin, and behind them the next one. */
  readonly #starts: number[] = [];

  /** Of whole frames and a part of one. */
  get waitingBytes(): number {
    return this.#end - this.#from;
  }

  /** Copies them. */
  push(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#bytes.length) this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** One of the first, if all of it has come; it stays where it is until more comes. */
  at(index: number): Uint8Array | undefined {
    const start = index < mostKnown ? this.#startOf(index) : undefined;
    const length = start === undefined ? undefined : this.#lengthAt(start);
    if (start === undefined || length === undefined || length >= tooLong) return undefined;
    const end = start + lengthBytes + length;
    return end > this.#end ? undefined : this.#bytes.subarray(start + lengthBytes, end);
  }

  /** The first ones were taken, which were looked at. */
  drop(count: number): void {
    this.#from = this.#startOf(count) ?? this.#end;
    this.#starts.splice(0, count);
  }

  clear(): void {
    [this.#from, this.#end] = [0, 0];
    this.#starts.length = 0;
  }

  /** What the first one says of its length, where that can't be. */
  get wrongLength(): number | undefined {
    const length = this.#lengthAt(this.#from);
    return length === undefined || length < tooLong ? undefined : length;
  }

  /** Where the frame's length is, if all before it has come. */
  #startOf(index: number): number | undefined {
    const starts = this.#starts;
    if (starts.length === 0) starts.push(this.#from);
    while (starts.length <= index) {
      const last = starts.at(-1) ?? this.#from;
      const length = this.#lengthAt(last);
      if (length === undefined || length >= tooLong || last + lengthBytes + length > this.#end) return undefined;
      starts.push(last + lengthBytes + length);
    }
    return starts[index];
  }

  #lengthAt(start: number): number | undefined {
    return start + lengthBytes > this.#end ? undefined : this.#bytes.readUInt32BE(start);
  }

  /** What waits goes to the beginning, of a larger room where it takes more than half of it. */
  #makeRoom(bytes: number): void {
    const [waiting, needed] = [this.waitingBytes, this.waitingBytes + bytes];
    const room =
      needed * 2 > this.#bytes.length ? Buffer.allocUnsafe(Math.max(2 ** 16, 2 ** Math.ceil(Math.log2(needed * 2)))) : this.#bytes;
    this.#bytes.copy(room, 0, this.#from, this.#end);
    [this.#bytes, this.#from, this.#end] = [room, 0, waiting];
    this.#starts.length = 0;
  }
}
