/** Counts entries and bytes of files as a tar stream passes: tar(5), "Pre-POSIX Archives", "POSIX ustar". */
export class TarCounter {
  entries = 0;
  bytes = 0;
  readonly #onProgress: (bytes: number) => void;
  #skip = 0;
  #header = Buffer.alloc(0);

  /** `onProgress` hears of the bytes of files so far; what it throws ends the stream. */
  constructor(onProgress: (bytes: number) => void) {
    this.#onProgress = onProgress;
  }

  async *through(tar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of tar) {
      this.#look(chunk);
      this.#onProgress(this.bytes);
      yield chunk;
    }
  }

  #look(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at);
        this.#skip -= step;
        at += step;
        continue;
      }
      const part = chunk.subarray(at, at + 512 - this.#header.length);
      this.#header = Buffer.concat([this.#header, part]);
      at += part.length;
      if (this.#header.length < 512) return;
      this.#count(this.#header);
      this.#header = Buffer.alloc(0);
    }
  }

  #count(header: Buffer): void {
    if (header[0] === 0) return;
    const size = sizeIn(header);
    const type = String.fromCharCode(header[156] ?? 0);
    this.#skip = Math.ceil(size / 512) * 512;
    // x, g, L and K describe the entry that follows.
    if ('xgLK'.includes(type)) return;
    this.entries++;
    if (type === '0' || type === '\0') this.bytes += size;
  }
}

/** Octal digits, or base 256 where the first bit is set. */
const sizeIn = (header: Buffer): number => {
  if (((header[124] ?? 0) & 0x80) !== 0) return Number(header.readBigUInt64BE(128));
  return Number.parseInt(header.toString('latin1', 124, 136).replace(/\0.*$/s, '').trim(), 8) || 0;
};
