import { deepEqual, equal } from 'node:assert/strict';
import { forever, hlt, incEax, incEcx, many, movEax, nop, store, ud2 } from '../code.ts';
import { general, Place, runBy, type Stand, vectorOf } from '../stand.ts';
import { type Chapter, clause } from '../subject.ts';

/** A third fault: there is no table to go through, though there could be one. SDM Vol. 3A, 7.15 (#DF). */
const tripleFault = (on: Stand): void => {
  const cpu = on.begin([...ud2], { idtr: { base: BigInt(Place.idt), limit: 0 } });
  equal(cpu.run(100).why, 'shutdown');
  equal(cpu.run(100).why, 'shutdown', 'and stays so');
  cpu.reset();
  equal(cpu.save().activity, 'active');
};

export const run: Chapter = {
  title: 'it runs',
  clauses: [
    clause('it halts behind HLT, and goes on there after an interrupt', (on) => {
      const cpu = on.begin([incEcx, hlt, incEcx, hlt], { flags: 0x202 });
      equal(cpu.run(100).why, 'halt');
      deepEqual([general(cpu, 1), Number(cpu.save().rip)], [1, Place.code + 2]);
      equal(cpu.run(100).why, 'halt', 'nothing has come');
      on.write(Place.handlers + 16 * 0x30, [0xcf]);
      equal(cpu.interrupt(0x30), true);
      equal(cpu.run(100).why, 'halt');
      equal(general(cpu, 1), 2);
    }),
    clause(
      'it runs exactly as many instructions as it may, wherever that ends',
      (on) => {
        const cpu = on.begin([...many(50), ...forever]);
        for (const [budget, sum] of [
          [1, 1],
          [7, 8],
          [0, 8],
          [40, 48],
        ] as const) {
          deepEqual(cpu.run(budget), { why: 'budget' });
          equal(general(cpu, 1), sum);
        }
        equal(cpu.instructions, 48n);
      },
      { needs: ['count'] },
    ),
    clause('it gives control back from a program that never ends', (on) => {
      const cpu = on.begin([...forever]);
      for (const budget of [1, 1000, 100_000]) equal(cpu.run(budget).why, 'budget');
    }),
    clause(
      'an exception that nobody takes leaves all as before the instruction, and says where it is',
      (on) => {
        // add eax, [0xfffffff0] crosses nothing; div of nothing by nothing does.
        const cpu = on.begin([...movEax(5), 0xf7, 0xf1], { idtr: undefined });
        const exit = cpu.run(100);
        deepEqual(exit, { why: 'exception', vector: 0, error: 0, address: BigInt(Place.code + 5) });
        deepEqual([general(cpu, 0), Number(cpu.save().rip), cpu.instructions], [5, Place.code + 5, 1n]);
      },
      { needs: ['handOut'] },
    ),
    clause('an exception goes through the table, with the state as before the instruction', (on) => {
      const cpu = on.begin([...movEax(5), 0xf7, 0xf1]);
      equal(cpu.run(100).why, 'halt');
      deepEqual([vectorOf(cpu), general(cpu, 0)], [0, 5]);
      equal(on.word(Place.stack - 12), Place.code + 5, 'where it was');
    }),
    clause('a third fault shuts it down', tripleFault),
    clause('code that a program has written is what runs next', (on) => {
      // mov byte [the immediate of the last one], 7; mov eax, 1
      const writing = [0xc6, 0x05, 0, 0, 0, 0, 7];
      const at = Place.code + writing.length + 1;
      writing.splice(2, 4, at & 0xff, (at >> 8) & 0xff, at >>> 16, 0);
      for (const budget of [1, 2, 100]) {
        const cpu = on.begin([...writing, ...movEax(1), hlt]);
        equal(runBy(cpu, budget).why, 'halt');
        equal(general(cpu, 0), 7, `${budget} at a time`);
      }
    }),
    clause('a string that takes long is given up between two steps, and goes on', (on) => {
      // mov ecx, 10000; mov edi, data; rep stosb
      const cpu = on.begin([0xb9, 0x10, 0x27, 0, 0, 0xbf, 0, 0, 3, 0, 0xf3, 0xaa, hlt]);
      equal(runBy(cpu, 1).why, 'halt');
      deepEqual([general(cpu, 1), general(cpu, 7)], [0, Place.data + 10_000]);
    }),
    clause(
      'what was done is counted, an exception as an instruction',
      (on) => {
        const cpu = on.begin([nop, incEax, ...store(Place.data, 1), ...ud2]);
        equal(cpu.run(100).why, 'halt');
        // Three, the exception, and HLT in its handler.
        equal(cpu.instructions, 5n);
      },
      { needs: ['count'] },
    ),
  ],
};
