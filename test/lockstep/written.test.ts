/** Code that is written while it runs, translated: by itself, by others, and by devices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { write } from '../../src/cpu/stage/lockstep.ts';
import { eachPair, general, Place, program, untilHalted } from './stage.ts';

const bx = 3;

for (const bits of [64, 32] as const) {
  /** add dword [place], 1 */
  const addOne = (place: number): readonly number[] => [0x83, ...(bits === 64 ? [0x04, 0x25] : [0x05]), ...bytesOf(place), 1];

  for (const distance of ['ahead in its block', 'behind in its block', 'in another block of its page', 'in another page'] as const)
    test(`${bits}-bit code that changes an instruction ${distance} runs what it wrote`, () => {
      // mov eax, imm32, whose number is counted up each time; ebx is the sum.
      const wanted = (count: number): number =>
        distance === 'behind in its block' ? (count * (count - 1)) / 2 : (count * (count + 1)) / 2;
      const one = program(bits, (code) => {
        const [top, call, behind] = [Symbol('top'), Symbol('call'), Symbol('behind')];
        const count = 50;
        const mov = (): void => code.put(0xb8, 0, 0, 0, 0, 0x01, 0xc3);
        code.put(0xb9, ...bytesOf(count));
        code.label(top);
        if (distance === 'behind in its block') {
          const at = Place.code + code.length + 1;
          mov();
          code.put(...addOne(at));
        } else if (distance === 'ahead in its block') {
          code.put(...addOne(Place.code + code.length + addOne(0).length + 1));
          mov();
        } else {
          code.put(...addOne(Place.code + (distance === 'in another page' ? 0x1001 : 0x101)));
          code.call(call);
        }
        code.put(0xff, 0xc9);
        code.jumpIf(5, top);
        code.jump(behind);
        while (code.length < (distance === 'in another page' ? 0x1000 : 0x100)) code.put(0x90);
        code.label(call);
        mov();
        code.put(0xc3);
        code.label(behind);
        code.put(0xf4);
      });
      eachPair((pair) => {
        for (const slice of [1, 2, 3, 7, 10_000]) {
          pair.set(one.state, one.memory);
          untilHalted(pair, slice);
          assert.equal(general(pair, bx), wanted(50));
        }
      });
    });

  test(`${bits}-bit code with its data beside it in a page runs on`, () => {
    const one = program(bits, (code) => {
      const top = Symbol('top');
      code.put(0xb9, ...bytesOf(300));
      code.label(top);
      code.put(...addOne(Place.code + 0x800), 0x01, 0xcb, 0xff, 0xc9);
      code.jumpIf(5, top);
      code.put(0xf4);
    });
    eachPair((pair) => {
      pair.set(one.state, one.memory);
      untilHalted(pair, 100);
      assert.equal(general(pair, bx), (300 * 301) / 2);
    });
  });

  test(`${bits}-bit code that a device writes between two instructions is what it wrote from the next on`, () => {
    const at = Place.other + 1;
    const one = program(bits, (code) => {
      const [top, call] = [Symbol('top'), Symbol('call')];
      code.label(top);
      code.call(call);
      code.put(0x01, 0xc3);
      code.jump(top);
      while (code.length < Place.other - Place.code) code.put(0x90);
      code.label(call);
      code.put(0xb8, 1, 0, 0, 0, 0xc3);
    });
    eachPair((pair) => {
      pair.set(one.state, one.memory);
      let expected = 0;
      for (let time = 0; time < 60; time++) {
        // Five instructions are a round: the numbers are those of the rounds that began since.
        pair.run(5 * (1 + (time % 4)));
        expected += (1 + (time % 4)) * (time === 0 ? 1 : time);
        assert.equal(general(pair, bx), expected);
        pair.both((side) => write(side, at, Uint8Array.from(bytesOf(time + 1))));
      }
    });
  });
}

test('code that is written in a page where it is seen at another address is what was written', () => {
  const alias = 0x4_0000;
  const one = program(
    64,
    (code) => {
      const [top, call] = [Symbol('top'), Symbol('call')];
      code.put(0xb9, ...bytesOf(60));
      code.label(top);
      // Through the other address, the instruction that is called.
      code.put(0x83, 0x04, 0x25, ...bytesOf(alias + 1), 1);
      code.call(call);
      code.put(0xff, 0xc9);
      code.jumpIf(5, top);
      code.put(0xf4);
      while (code.length < 0x1000) code.put(0x90);
      code.label(call);
      code.put(0xb8, 0, 0, 0, 0, 0x01, 0xc3, 0xc3);
    },
    { also: (view) => view.setBigUint64(0x4000 + 8 * (alias / 4096), BigInt(Place.code + 0x1007), true) },
  );
  eachPair((pair) => {
    pair.set(one.state, one.memory);
    untilHalted(pair, 50);
    assert.equal(general(pair, bx), (60 * 61) / 2);
  });
});

function bytesOf(value: number): readonly number[] {
  return [0, 8, 16, 24].map((by) => (value >>> by) & 255);
}
