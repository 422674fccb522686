/** Strings that are repeated, translated: within a page and beyond one, up and down, apart and over each other. */
import { test } from 'node:test';
import { type LabelledCode, littleEndian } from '../../fuzz/isa/labelled.ts';
import { eachPair, Place, program, untilHalted } from './stage.ts';

const double = (value: number): readonly number[] => littleEndian(value, 4);
/** What does not fit into a page, what does, and nothing: what comes later leaves some of what was written before. */
const counts = [4097, 4096, 1024, 1023, 300, 64, 7, 2, 1, 0] as const;
const places = [0, 1, 0xff0, 0xfff] as const;
/** By how much what is read lies before what is written. */
const distances = [-0x4000, 16, -8, 1] as const;
const elements = { byte: [0], word: [0x66, 1], double: [1], quad: [0x48, 1] } as const;

for (const bits of [64, 32] as const)
  for (const [name, parts] of Object.entries(elements)) {
    if (name === 'quad' && bits === 32) continue;
    const wide = parts.at(-1) ?? 0;
    const prefixes = parts.slice(0, -1);
    // At the end of its block, which is left to the interpreter from the first on that isn't translated: add edx, ecx; add edx, esi; add edx, edi; jmp +0.
    const rep = (opcode: number): readonly number[] => [0xf3, ...prefixes, opcode | wide, 0x01, 0xca, 0x01, 0xf2, 0x01, 0xfa, 0xeb, 0x00];

    for (const isDown of [false, true])
      test(`REP STOS and REP MOVS of a ${name}${isDown ? ', down,' : ''} do translated what they do interpreted, in ${bits}-bit code`, () => {
        const write = (code: LabelledCode): void => {
          const [top, sub] = [Symbol('top'), Symbol('sub')];
          // Each runs often enough to be translated: ebp counts, ebx is what is filled with.
          code.put(0xbd, ...double(6), isDown ? 0xfd : 0xfc);
          code.label(top);
          for (const count of counts)
            for (const at of places) {
              const to = Place.other + at + (isDown ? 0x8000 : 0);
              code.put(0x89, 0xd8, 0xbf, ...double(to - Place.other + Place.data), 0xb9, ...double(count), ...rep(0xaa));
              for (const distance of distances)
                code.put(0xbe, ...double(to - distance), 0xbf, ...double(to), 0xb9, ...double(count & 0x3ff), ...rep(0xa4));
            }
          code.call(sub);
          // dec ebp
          code.put(0xff, 0xcd);
          code.jumpIf(5, top);
          code.put(0xf4);
          code.label(sub);
          // add ebx, 0x11111111; and at times bytes that differ.
          code.put(0x81, 0xc3, ...double(0x1111_1111), 0xf7, 0xc5, ...double(2));
          const behind = Symbol('behind');
          code.jumpIf(4, behind);
          code.put(0x80, 0xf7, 0x31);
          code.label(behind);
          code.put(0xc3);
        };
        const one = program(bits, write, {
          also: (view) => {
            for (let at = 0; at < 0x1_0000; at++) view.setUint8(Place.other + at, (at * at + 55 * at + 3) >> 3);
          },
        });
        eachPair((pair) => {
          pair.set(one.state, one.memory);
          untilHalted(pair, 10_000);
        });
      });
  }
