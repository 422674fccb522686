/** Frames of the remote serial protocol: `$data#checksum`, acknowledgements, and the byte that interrupts. Appendix E.1. */

/** What came in: a packet's data, a byte a letter; one that came damaged; somebody asks for the last packet again, or for the machine to stop. */
export type Arrival = { readonly packet: string } | 'damaged' | 'again' | 'interrupt';

/** Bytes of a packet's data; longer ones are none. Told in qSupported. */
export const mostBytes = 0x4000;

const code = (letter: string): number => letter.charCodeAt(0);
const [begin, end, escaping, interrupt] = [code('$'), code('#'), code('}'), 3] as const;
/** What has another meaning in answers: 0x2a repeats the letter before it. */
const special: ReadonlySet<number> = new Set([begin, end, escaping, 0x2a]);

export class Frames {
  #data: number[] | undefined;
  /** Digits of the checksum that have come. */
  #digits = '';
  #isSummed = false;

  /** Of bytes in any pieces. */
  take(bytes: Uint8Array): Arrival[] {
    return [...bytes].flatMap((byte) => this.#take(byte) ?? []);
  }

  #take(byte: number): Arrival | undefined {
    if (this.#data === undefined) return this.#between(byte);
    if (this.#isSummed) return this.#sum(this.#data, byte);
    if (byte === end) this.#isSummed = true;
    // A packet that begins anew was given up by who sent it.
    else if (byte === begin) this.#data = [];
    // What is too long ends as damaged: more of it is not kept.
    else if (this.#data.length <= 2 * mostBytes) this.#data.push(byte);
    return undefined;
  }

  #between(byte: number): Arrival | undefined {
    if (byte === begin) [this.#data, this.#digits, this.#isSummed] = [[], '', false];
    if (byte === code('-')) return 'again';
    return byte === interrupt ? 'interrupt' : undefined;
  }

  #sum(data: readonly number[], byte: number): Arrival | undefined {
    this.#digits += String.fromCharCode(byte);
    if (this.#digits.length < 2) return undefined;
    this.#data = undefined;
    const isWhole = /^[0-9a-fA-F]{2}$/.test(this.#digits) && Number.parseInt(this.#digits, 16) === sumOf(data);
    return isWhole && data.length <= 2 * mostBytes ? { packet: plain(data) } : 'damaged';
  }
}

/** A packet with this data, a byte a letter. */
export const framed = (data: string): Uint8Array => {
  const escaped = [...data].flatMap((letter) => {
    const byte = code(letter) & 0xff;
    return special.has(byte) ? [escaping, byte ^ 0x20] : [byte];
  });
  const sum = sumOf(escaped).toString(16).padStart(2, '0');
  return Uint8Array.of(begin, ...escaped, end, ...[...sum].map(code));
};

const sumOf = (data: readonly number[]): number => data.reduce((sum, byte) => (sum + byte) & 0xff, 0);

const plain = (data: readonly number[]): string => {
  let text = '';
  for (let at = 0; at < data.length; at++) {
    const byte = data[at] ?? 0;
    const isEscaped = byte === escaping && at + 1 < data.length;
    text += String.fromCharCode(isEscaped ? (data[++at] ?? 0) ^ 0x20 : byte);
  }
  return text;
};
