/** Random inputs from a seed: the same seed gives the same inputs, on every machine. */

/** xorshift32 (Marsaglia, 2003); below `most`, at least 0. */
export type Random = (most: number) => number;

export const randomFrom = (seed: number): Random => {
  let state = seed | 0 || 1;
  return (most) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % Math.max(1, most);
  };
};

export const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)] as T; // never empty in this folder

/** One to eight small changes. `words` are what the format is sensitive to. */
export const mutate = (random: Random, bytes: Uint8Array, words: readonly Uint8Array[]): Uint8Array => {
  let made = Buffer.from(bytes);
  for (let changes = 1 + random(8); changes > 0; changes--) {
    const at = random(made.length + 1);
    const length = 1 + random(random(4) === 0 ? 600 : 16);
    switch (random(7)) {
      case 0:
        if (made.length > 0) made[at % made.length] = (made[at % made.length] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        if (made.length > 0) made[at % made.length] = pick(random, [0, 0x20, 0x2e, 0x2f, 0x7f, 0x80, 0xff]);
        break;
      case 2:
        made = Buffer.concat([made.subarray(0, at), made.subarray(at + length)]);
        break;
      case 3:
        made = Buffer.concat([made.subarray(0, at + length), made.subarray(at)]);
        break;
      case 4:
        made = Buffer.concat([made.subarray(0, at), pick(random, words), made.subarray(at)]);
        break;
      case 5:
        made.set(pick(random, words).subarray(0, made.length - at), at);
        break;
      default:
        made = made.subarray(0, random(20) === 0 ? at : made.length);
    }
    if (made.length > 1 << 16) made = made.subarray(0, 1 << 16);
  }
  return made;
};

/** Runs `attempt` again and again. What it throws is a finding, told with the seed that gives it again. */
export const fuzz = (name: string, attempt: (random: Random) => void, seconds: number, firstSeed: number): number => {
  const end = performance.now() + seconds * 1000;
  let seed = firstSeed;
  for (; performance.now() < end; seed++) {
    try {
      attempt(randomFrom(seed));
    } catch (error) {
      throw new Error(`${name}: seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, {
        cause: error,
      });
    }
  }
  return seed - firstSeed;
};

/** `node fuzz/FOLDER/NAME.ts SECONDS [SEED]` */
export const runAlone = (name: string, attempt: (random: Random) => void): void => {
  const [seconds = '10', seed = '1'] = process.argv.slice(2);
  const count = fuzz(name, attempt, Number(seconds), Number(seed));
  console.log(`${name}: ${count} inputs, no finding`);
};
