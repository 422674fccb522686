/** Files that are given to begin with, whatever is in their heads: they are no program, don't fit, or lie in memory with what they are told; nothing throws. */
import { load, readProgram } from '../../src/board/boot/start.ts';
import { Ram } from '../../src/cpu/index.ts';
import { mutate, pick, type Random } from '../mutation.ts';
import { seeds, words } from './seeds.ts';

const memoryBytes = 4 * 2 ** 20;
const pixels = { at: 0xe000_0000, width: 640, height: 480, depth: 32, pitch: 2560 };

let kept: Ram | undefined;
/** One for all: what an earlier program left there is as good as anything. */
export const memory = (): Ram => {
  kept ??= new Ram(memoryBytes);
  return kept;
};

const text = (random: Random, most: number): Uint8Array => Uint8Array.from({ length: random(most) }, () => 0x20 + random(0x5f));

export const program = (random: Random): void => {
  const file = mutate(random, pick(random, seeds), words);
  const found = readProgram(file);
  if (found === undefined) return;
  const modules = Array.from({ length: random(4) }, () => ({ bytes: new Uint8Array(random(0x2_0000)), words: text(random, 40) }));
  const rsdp = { at: 0xf_0000, bytes: new Uint8Array(random(2) === 0 ? 20 : 36) };
  const made = load(
    memory(),
    {
      ranges: [
        { begin: 0, end: 0x9_fc00, kind: 1 },
        { begin: 0xf_0000, end: 2 ** 20, kind: 2 },
        { begin: 2 ** 20, end: memoryBytes, kind: 1 },
      ],
      rsdp: random(4) === 0 ? undefined : rsdp,
      show: (wish) => (random(4) === 0 ? undefined : { ...pixels, depth: wish.depth || pixels.depth }),
    },
    { program: found, commandLine: text(random, random(8) === 0 ? 6000 : 60), modules },
  );
  if ('misfit' in made && !(made.bytes >= 0)) throw new Error(`a misfit of ${made.bytes} bytes`);
};
