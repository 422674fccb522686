import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { type CpuState, cpuState, decode, encode, UnfitState } from '../../../../src/machine/index.ts';
import { Apic, apicStore, divideByOne, enableApic, hlt, incEcx, incEdx, iret, many, sti } from '../code.ts';
import { general, handlerOf, memoryBytes, Place, type Stand } from '../stand.ts';
import { type Chapter, clause } from '../subject.ts';

/** A timer that interrupts a program which adds, multiplies and divides. */
const busy = [
  ...enableApic,
  ...apicStore(Apic.timer, 0x2_0040),
  ...divideByOne,
  ...apicStore(Apic.initial, 13),
  sti,
  // again: inc ecx; imul ebx, ecx, 7; push ebx; pop esi; jmp again
  ...[0x41, 0x6b, 0xd9, 7, 0x53, 0x5e, 0xeb, 0xf8],
];

const beginBusy = (on: Stand, index = 0): CpuState => {
  on.write(handlerOf(0x40), [incEdx, ...apicStore(Apic.eoi, 0), iret]);
  const cpu = on.begin(busy, {}, index);
  return cpu.save();
};

/** But for its time, which goes on by itself where nobody counts it in instructions. */
const untimed = (on: Stand, state: CpuState): Omit<CpuState, 'time'> | CpuState => {
  const { time: _, ...rest } = state;
  return on.cpu.can.has('time') ? state : rest;
};

export const state: Chapter = {
  title: 'its state as a value',
  clauses: [
    clause('it comes out as it went in, also as the bytes of a snapshot', (on) => {
      const made: CpuState = {
        ...on.protectedState(),
        general: Array.from({ length: 16 }, (_, number) => (1n << 63n) | BigInt(number)),
        flags: 0x0cd7,
        vectors: Array.from({ length: 16 }, (_, number) => (1n << 127n) | BigInt(number)),
        breakpoints: [1n, 2n, 3n, 4n],
        mxcsr: 0x1fbf,
      };
      on.cpu.load(decode(cpuState, encode(cpuState, made)));
      deepEqual(untimed(on, on.cpu.save()), untimed(on, made));
    }),
    clause('one that no processor can have is refused in a sentence, and changes nothing', (on) => {
      const before = on.cpu.save();
      for (const [change, sentence] of [
        [{ cr0: 0x8000_0010 }, /paging without protection/],
        [{ flags: 0 }, /bit 1/],
        [{ cpl: 3 }, /privilege 3/],
        [{ gs: { ...before.gs, base: 1n << 62n } }, /canonical/],
        [{ dr7: 0 }, /reserved/],
      ] as const)
        throws(
          () => on.cpu.load({ ...before, ...change }),
          (error) => {
            match(error instanceof UnfitState ? error.message : 'no UnfitState', sentence);
            return true;
          },
        );
      deepEqual(untimed(on, on.cpu.save()), untimed(on, before));
    }),
    clause(
      'the same state runs the same again',
      (on) => {
        const begun = beginBusy(on);
        const ends = [1, 2].map(() => {
          on.cpu.load(begun);
          on.cpu.run(500);
          return on.cpu.save();
        });
        deepEqual(ends[0], ends[1]);
      },
      { needs: ['count', 'time'] },
    ),
    clause(
      'running on from a saved state is as running on, on another processor, too',
      (on) => {
        for (const at of [0, 1, 5, 6, 37, 200]) {
          beginBusy(on);
          const cpu = on.cpu;
          cpu.run(at);
          const between = cpu.save();
          const memory = on.board.read(0, memoryBytes);
          cpu.run(300 - at);
          on.board.write(0, memory);
          const { apic } = on.fresh[1] ?? cpu.save();
          const other = on.at(1);
          // Its id is its own.
          const registers = between.apic.registers.map((bits, register) => (register === 2 ? (apic.registers[2] ?? 0) : bits));
          other.forget();
          other.load({ ...between, apic: { ...between.apic, registers } });
          other.run(300 - at);
          const [end, there] = [cpu.save(), other.save()];
          deepEqual(
            { ...there, apic: { ...there.apic, registers: [] } },
            { ...end, apic: { ...end.apic, registers: [] } },
            `broken at ${at}`,
          );
        }
      },
      { plan: { processors: 2 }, needs: ['count', 'time'] },
    ),
    clause(
      'an interrupt that is held back stays held back in what was saved',
      (on) => {
        const cpu = on.begin([sti, incEcx, ...many(5), hlt]);
        cpu.run(1);
        const held = cpu.save();
        cpu.load(on.protectedState());
        cpu.load(held);
        equal(cpu.interrupt(0x30), false);
        cpu.run(1);
        equal(cpu.interrupt(0x30), true);
        deepEqual([general(cpu, 1), Number(held.rip)], [1, Place.code + 1]);
      },
      { needs: ['count'] },
    ),
  ],
};
