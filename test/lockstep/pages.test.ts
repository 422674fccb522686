/** Memory that lies elsewhere from one instruction to the next: remapped, mapped when it is wanted, and behind address line 20. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabelledCode, littleEndian } from '../../fuzz/isa/labelled.ts';
import { eagernesses, lockstepOf } from '../../fuzz/isa/lockstep.ts';
import { assembled, eachPair, general, Place, pageEntry, program, untilHalted } from './stage.ts';

const bx = 3;
const double = (value: number): readonly number[] => littleEndian(value, 4);
/** A linear page that lies now here and now there, which have code and data of their own. */
const seen = 0x4_0000;
const places = [0x5_0000, 0x6_0000] as const;
const number = { code: [3, 5], data: [7, 11] } as const;

/** Memory with a page at each place: code that adds a number to EBX, and a number. */
const fill = (view: DataView): void => {
  for (const [index, place] of places.entries()) {
    const code = assembled(64, place, (one) => one.put(0x81, 0xc3, ...double(number.code[index] ?? 0), 0xc3));
    for (const [at, byte] of code.entries()) view.setUint8(place + at, byte);
    view.setUint32(place + 0x800, number.data[index] ?? 0, true);
  }
  view.setBigUint64(pageEntry(seen >> 12), BigInt(places[0] | 7), true);
};

/** A page fault's handler: add rsp, 8; or qword [entry of the page in CR2], 1. */
const mapping = (code: LabelledCode): void =>
  code.put(
    ...[0x48, 0x83, 0xc4, 0x08, 0x50, 0x0f, 0x20, 0xd0, 0x48, 0xc1, 0xe8, 0x0c],
    ...[0x48, 0x83, 0x0c, 0xc5, ...double(Place.pages), 0x01, 0x58, 0x48, 0xcf],
  );

for (const how of ['INVLPG', 'MOV to CR3'] as const)
  for (const [what, call] of [
    ['code', 'through a register'],
    ['code', 'by its distance'],
    ['data', ''],
  ] as const)
    test(`${what} of a page that is mapped elsewhere, told by ${how}, is what lies there${call === '' ? '' : `, called ${call}`}`, () => {
      const rounds = 40;
      const one = program(
        64,
        (code) => {
          const top = Symbol('top');
          code.put(0xb9, ...double(rounds), 0xbe, ...double(seen));
          code.label(top);
          // call rsi; call seen; or add ebx, [rsi + 0x800].
          if (call === 'through a register') code.put(0xff, 0xd6);
          else if (what === 'code') code.put(0xe8, ...double(seen - (Place.code + code.length + 5)));
          else code.put(0x03, 0x9e, ...double(0x800));
          // xor qword [entry], what both differ in
          code.put(0x48, 0x81, 0x34, 0x25, ...double(pageEntry(seen >> 12)), ...double((places[0] ^ places[1]) >>> 0));
          if (how === 'INVLPG') code.put(0x0f, 0x01, 0x3e);
          else code.put(0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8);
          code.put(0xff, 0xc9);
          code.jumpIf(5, top);
          code.put(0xf4);
        },
        { also: fill },
      );
      eachPair((pair) => {
        for (const slice of [3, 10_000]) {
          pair.set(one.state, one.memory);
          untilHalted(pair, slice);
          assert.equal(general(pair, bx), (rounds / 2) * (number[what][0] + number[what][1]));
        }
      });
    });

test('a page that is mapped where a fault asks for it is touched by the instruction that faulted', () => {
  const pages = 24;
  const one = program(
    64,
    (code) => {
      const top = Symbol('top');
      // RDI leads through pages that aren't there, and EBX counts.
      code.put(0xb9, ...double(pages), 0xbf, ...double(seen + 0x10));
      code.label(top);
      code.put(0xff, 0x07, 0x03, 0x1f, 0x66, 0x0f, 0x6f, 0x07, 0x0f, 0x11, 0x47, 0x20);
      code.put(0x48, 0x81, 0xc7, ...double(0x1000), 0xff, 0xc9);
      code.jumpIf(5, top);
      code.put(0xf4);
    },
    {
      handlers: { 14: mapping },
      also: (view) => {
        for (let page = seen >> 12; page < (seen >> 12) + pages; page++) view.setBigUint64(pageEntry(page), BigInt(page * 4096 + 6), true);
      },
    },
  );
  eachPair((pair) => {
    for (const slice of [5, 64, 10_000]) {
      pair.set(one.state, one.memory);
      untilHalted(pair, slice);
      assert.equal(general(pair, bx), pages);
    }
  });
});

test('code of a page that is there no more is fetched again, which faults', () => {
  const rounds = 40;
  const one = program(
    64,
    (code) => {
      const top = Symbol('top');
      code.put(0xb9, ...double(rounds), 0xbe, ...double(seen));
      code.label(top);
      // call seen; in every second round, and qword [entry], ~1; invlpg [rsi]
      code.put(0xe8, ...double(seen - (Place.code + code.length + 5)));
      const behind = Symbol('behind');
      code.put(0xf6, 0xc1, 0x01);
      code.jumpIf(5, behind);
      code.put(0x48, 0x83, 0x24, 0x25, ...double(pageEntry(seen >> 12)), 0xfe, 0x0f, 0x01, 0x3e);
      code.label(behind);
      code.put(0xff, 0xc9);
      code.jumpIf(5, top);
      code.put(0xf4);
    },
    { handlers: { 14: mapping }, also: fill },
  );
  eachPair((pair) => {
    for (const slice of [3, 64, 10_000]) {
      pair.set(one.state, one.memory);
      untilHalted(pair, slice);
      assert.equal(general(pair, bx), rounds * number.code[0]);
    }
  });
});

test('accesses that begin in one page and end in the next read and write both', () => {
  const one = program(
    64,
    (code) => {
      const top = Symbol('top');
      code.put(0xb9, ...double(64), 0xbf, ...double(seen + 0x1000 - 32));
      code.label(top);
      // add [rdi], rcx; movdqu xmm0, [rdi]; paddd; movdqu [rdi + 16], xmm0; inc rdi
      code.put(
        0x48,
        0x01,
        0x0f,
        0xf3,
        0x0f,
        0x6f,
        0x07,
        0x66,
        0x0f,
        0xfe,
        0xc8,
        0xf3,
        0x0f,
        0x7f,
        0x4f,
        0x10,
        0x48,
        0xff,
        0xc7,
        0xff,
        0xc9,
      );
      code.jumpIf(5, top);
      code.put(0xf4);
    },
    // The second page lies before the first.
    {
      also: (view) => {
        view.setBigUint64(pageEntry(seen >> 12), BigInt(places[1] | 7), true);
        view.setBigUint64(pageEntry((seen >> 12) + 1), BigInt(places[0] | 7), true);
      },
    },
  );
  eachPair((pair) => {
    pair.set(one.state, one.memory);
    untilHalted(pair, 10_000);
  });
});

test('what lies behind 1 MiB is what lies at 0 while address line 20 is held low, code and data', () => {
  const high = 2 ** 20;
  const eachBytes = 2 * high;
  const call = 0x600;
  // A function and a number at 0x600, with others 1 MiB above: mov ax, imm16; retf.
  const here = program(16, (code) => {
    const top = Symbol('top');
    // mov cx, 0xffff; mov ds, cx
    code.put(0xb9, 0xff, 0xff, 0x8e, 0xd9);
    code.label(top);
    // call far FFFF:0610; add bx, ax; add bx, [0x710]
    code.put(0x9a, call + 0x10, (call + 0x10) >> 8, 0xff, 0xff, 0x01, 0xc3, 0x03, 0x1e, 0x10, 0x07);
    code.jump(top);
  });
  for (const eagerness of eagernesses) {
    const pair = lockstepOf(eachBytes, eagerness);
    const memory = new Uint8Array(eachBytes);
    memory.set(here.memory);
    for (const [at, value] of [
      [0, 3],
      [high, 50],
    ] as const) {
      memory.set([0xb8, value, 0, 0xcb], at + call);
      memory.set([value + 1, 0], at + 0x700);
    }
    pair.set(here.state, memory);
    pair.run(2);
    let expected = 0;
    for (let time = 0; time < 40; time++) {
      const isLow = time % 3 === 1;
      pair.both(({ ram }) => {
        ram.isWrapped = isLow;
      });
      // Six instructions are a round.
      pair.run(6 * (1 + (time % 5)));
      expected += (1 + (time % 5)) * (isLow ? 7 : 101);
      assert.equal(general(pair, bx), expected & 0xffff);
    }
  }
});
