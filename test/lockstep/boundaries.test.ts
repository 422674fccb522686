/** Between any two instructions: interrupts, traps of TF and of breakpoints, debuggers, and budgets of every size. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabelledCode, littleEndian } from '../../fuzz/isa/labelled.ts';
import type { Lockstep } from '../../src/cpu/stage/lockstep.ts';
import { gla } from '../../src/machine/index.ts';
import { eachPair, general, Place, program, untilHalted } from './stage.ts';

const double = (value: number): readonly number[] => littleEndian(value, 4);
const [rounds, cells] = [6, 0x2_1000] as const;

/** Two loops, one in the other, a call, flags from one block to the next, memory, and a vector; then it ends. */
const busy = (code: LabelledCode, end: readonly number[] = [0xf4]): void => {
  const [outer, inner, call, behind] = [Symbol('outer'), Symbol('inner'), Symbol('call'), Symbol('behind')];
  code.put(0xbd, ...double(rounds), 0xbe, ...double(Place.data));
  code.label(outer);
  code.put(0xb9, 3, 0, 0, 0);
  code.label(inner);
  // add eax, [rsi]; adc ebx, 5; lea edi, [rax + rbx]; mov [rsi], edi; movd xmm0, edi; paddd xmm1, xmm0; cmp edi, eax
  code.put(0x03, 0x06, 0x83, 0xd3, 0x05, 0x8d, 0x3c, 0x18, 0x89, 0x3e, 0x66, 0x0f, 0x6e, 0xc7, 0x66, 0x0f, 0xfe, 0xc8, 0x39, 0xc7);
  code.call(call);
  code.put(0xff, 0xc9);
  code.jumpIf(5, inner);
  code.put(0x83, 0xc6, 0x04, 0xff, 0xcd);
  code.jumpIf(5, outer);
  code.jump(behind);
  code.label(call);
  // sbb edx, edx; xor edx, ecx; rol eax, cl
  code.put(0x19, 0xd2, 0x31, 0xca, 0xd3, 0xc0, 0xc3);
  code.label(behind);
  code.put(...end);
};

/** inc dword [cells + 4 * number], and what the gate wants. */
const counting =
  (bits: 64 | 32, number: number, more: readonly number[] = []) =>
  (code: LabelledCode): void =>
    code.put(0xff, ...(bits === 64 ? [0x04, 0x25] : [0x05]), ...double(cells + 4 * number), ...more, ...(bits === 64 ? [0x48] : []), 0xcf);

const counted = (pair: Lockstep, number: number): number => pair.interpreting.ram.read32(cells + 4 * number);

for (const bits of [64, 32] as const) {
  const plain = program(bits, busy, { handlers: { 32: counting(bits, 0) } });

  test(`${bits}-bit code in budgets of every size does what it does at once`, () => {
    eachPair((pair) => {
      const ends = new Set<string>();
      pair.set(plain.state, plain.memory);
      for (let size = 1; size <= 120; size++) {
        pair.goBack(plain);
        const ran = untilHalted(pair, size);
        ends.add(`${ran} ${general(pair, 0)} ${general(pair, 3)}`);
      }
      assert.equal(ends.size, 1);
    });
  });

  test(`${bits}-bit code is interrupted before every instruction`, () => {
    eachPair((pair) => {
      const open = { state: { ...plain.state, flags: 0x202 }, memory: plain.memory };
      pair.set(open.state, open.memory);
      const all = untilHalted(pair, 10_000);
      for (let at = 0; at < all - 1; at++) {
        pair.goBack(open);
        if (at > 0) pair.run(at);
        pair.both(({ processor }) => assert.equal(processor.interrupt(32), true));
        untilHalted(pair, 10_000);
        assert.equal(counted(pair, 0), 1);
      }
    });
  });

  test(`${bits}-bit code that is stepped through by TF is trapped behind each instruction`, () => {
    // pushf; or dword [rsp], 100h; popf; the loops; the trap's handler counts.
    const stepped = program(
      bits,
      (code) => {
        code.put(0x9c, 0x81, 0x0c, 0x24, ...double(0x100), 0x9d);
        // Its handler halts, without TF.
        busy(code, [0xcd, 40]);
      },
      { handlers: { 1: counting(bits, 1) } },
    );
    eachPair((pair) => {
      for (const size of [1, 3, 50, 20_000]) {
        pair.set(stepped.state, stepped.memory);
        untilHalted(pair, size);
        assert.ok(counted(pair, 1) > 100);
      }
    });
  });

  test(`${bits}-bit code with TF now and then is trapped where it is set, and runs on`, () => {
    const stepped = program(
      bits,
      (code) => {
        const top = Symbol('top');
        code.put(0xb9, ...double(30));
        code.label(top);
        code.put(0x9c, 0x81, 0x34, 0x24, ...double(0x100), 0x9d, 0x01, 0xc8, 0x83, 0xc3, 0x03, 0xff, 0xc9);
        code.jumpIf(5, top);
        code.put(0xf4);
      },
      { handlers: { 1: counting(bits, 1) } },
    );
    eachPair((pair) => {
      pair.set(stepped.state, stepped.memory);
      untilHalted(pair, 10_000);
      assert.ok(counted(pair, 1) > 30);
    });
  });

  test(`${bits}-bit code with breakpoints of its own is trapped where they are`, () => {
    const watched = (kind: 'execute' | 'write', code: LabelledCode): void => {
      // DR0 at the body of a loop, or at what it writes; DR7 as that wants.
      const top = Symbol('top');
      code.put(0xb8);
      const at = code.length;
      code.put(...double(kind === 'write' ? Place.data : Place.code + at + 4 + 3 + 5 + 3 + 5));
      code.put(0x0f, 0x23, 0xc0, 0xb8, ...double(kind === 'write' ? 0xd_0002 : 2), 0x0f, 0x23, 0xf8, 0xb9, ...double(20));
      code.label(top);
      code.put(0x83, 0xc3, 0x07, 0x89, ...(bits === 64 ? [0x1c, 0x25] : [0x1d]), ...double(Place.data), 0xff, 0xc9);
      code.jumpIf(5, top);
      code.put(0xf4);
    };
    for (const kind of ['execute', 'write'] as const) {
      // or dword [rsp + 8 * 2], 10000h: RF, before it goes on.
      const resume = bits === 64 ? [0x81, 0x4c, 0x24, 0x10, ...double(0x1_0000)] : [0x81, 0x4c, 0x24, 0x08, ...double(0x1_0000)];
      const one = program(bits, (code) => watched(kind, code), { handlers: { 1: counting(bits, 2, resume) } });
      eachPair((pair) => {
        pair.set(one.state, one.memory);
        untilHalted(pair, 10_000);
        assert.equal(counted(pair, 2), 20);
      });
    }
  });

  test(`${bits}-bit code stops where a debugger says, and goes on as if there were none`, () => {
    const address = gla(BigInt(Place.code + 15));
    eachPair((pair) => {
      pair.set(plain.state, plain.memory);
      untilHalted(pair, 10_000);
      const expected = general(pair, 0);
      pair.set(plain.state, plain.memory);
      pair.both(({ processor }) => {
        processor.stops = [{ on: 'execute', address }];
      });
      let stops = 0;
      while (pair.run(10_000).why === 'stop') {
        stops++;
        pair.both(({ processor }) => {
          processor.stops = [];
        });
        pair.run(1);
        pair.both(({ processor }) => {
          processor.stops = [{ on: 'execute', address }];
        });
      }
      pair.both(({ processor }) => {
        processor.stops = [];
      });
      assert.deepEqual([stops, general(pair, 0)], [3 * rounds, expected]);
    });
  });

  test(`whoever waits to interrupt ${bits}-bit code is told when it would be taken`, () => {
    // sti and cli around some work: an interrupt that waits is taken behind the instruction after STI.
    const one = program(
      bits,
      (code) => {
        const top = Symbol('top');
        code.put(0xb9, ...double(12));
        code.label(top);
        code.put(0xfb, 0x83, 0xc3, 0x01, 0x01, 0xd8, 0xfa, 0x69, 0xc0, ...double(77), 0xff, 0xc9);
        code.jumpIf(5, top);
        code.put(0xf4);
      },
      { handlers: { 32: counting(bits, 0) } },
    );
    eachPair((pair) => {
      pair.set(one.state, one.memory);
      let taken = 0;
      for (;;) {
        pair.both(({ processor }) => {
          processor.isAwaited = true;
        });
        const { why } = pair.run(10_000);
        pair.both(({ processor }) => {
          processor.isAwaited = false;
        });
        if (why !== 'open') break;
        pair.both(({ processor }) => assert.equal(processor.interrupt(32), true));
        taken++;
        pair.run(4);
      }
      assert.ok(taken >= 12);
      assert.equal(counted(pair, 0), taken);
    });
  });
}

test('flags that a loop changes at its end are those that it asks for at its beginning', () => {
  // mov word [cells], 6; das; sub word [cells], 1; jne; again: AF of the difference was lost where its local was given away.
  const one = program(16, (code) => {
    const [begin, top] = [Symbol('begin'), Symbol('top')];
    code.put(0xb8, 0x90, 0xc6);
    code.label(begin);
    code.put(0xc7, 0x06, 0x00, 0x60, 0x06, 0x00);
    code.label(top);
    code.put(0x2f, 0x83, 0x2e, 0x00, 0x60, 0x01);
    code.jumpIf(5, top);
    code.put(0x0f, 0xc8);
    code.jump(begin);
  });
  eachPair((pair) => {
    pair.set(one.state, one.memory);
    for (let time = 0; time < 10; time++) pair.run(37);
  });
});
