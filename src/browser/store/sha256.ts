/** SHA-256, FIPS 180-4: browsers have it only for who waits. */

const primes = [...Array(312).keys()].slice(2).filter((number) => ![...Array(number).keys()].slice(2).some((one) => number % one === 0));
/** The first 32 bits of the fraction of a root: of a prime below 312 nine digits of 16 bits are exact. */
const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0;
/** 4.2.2 and 5.3.3. */
const constants = Int32Array.from(primes.slice(0, 64), (prime) => fraction(Math.cbrt(prime)));
const initial = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

const blockBytes = 64;
const turned = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** In hexadecimal digits. */
export const sha256 = (bytes: Uint8Array): string => {
  const state = Int32Array.from(initial);
  const whole = bytes.length - (bytes.length % blockBytes);
  const words = new Int32Array(64);
  mix(state, words, bytes, whole);
  // 5.1.1: a bit, zeros, and the length in bits.
  const rest = bytes.subarray(whole);
  const last = new Uint8Array(rest.length + 9 > blockBytes ? 2 * blockBytes : blockBytes);
  last.set(rest);
  last[rest.length] = 0x80;
  new DataView(last.buffer).setBigUint64(last.length - 8, BigInt(bytes.length) * 8n);
  mix(state, words, last, last.length);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
};

/** 6.2.2. Indices are within their arrays. */
const mix = (state: Int32Array, words: Int32Array, bytes: Uint8Array, end: number): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < end; at += blockBytes) {
    for (let t = 0; t < 16; t++) words[t] = view.getInt32(at + 4 * t);
    for (let t = 16; t < 64; t++) {
      const [x, y] = [words[t - 15] as number, words[t - 2] as number];
      const small = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3);
      words[t] = (words[t - 16] as number) + small + (words[t - 7] as number) + (turned(y, 17) ^ turned(y, 19) ^ (y >>> 10));
    }
    round(state, words);
  }
};

const round = (state: Int32Array, words: Int32Array): void => {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t++) {
    const chosen = (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g));
    const one = (h + chosen + (constants[t] as number) + (words[t] as number)) | 0;
    const other = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + other) | 0;
  }
  const more = [a, b, c, d, e, f, g, h];
  for (let index = 0; index < 8; index++) state[index] = (state[index] as number) + (more[index] as number);
};
