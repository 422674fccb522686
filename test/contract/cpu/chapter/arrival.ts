import { deepEqual, equal } from 'node:assert/strict';
import { Delivery } from '../../../../src/machine/index.ts';
import { cli, hlt, incEax, incEcx, iret, many, movEax, nop, sti } from '../code.ts';
import { general, handlerOf, Place, runBy, vectorOf } from '../stand.ts';
import { type Chapter, clause } from '../subject.ts';

const movSs = [0x8e, 0xd0];
const nmi = { vector: 0, delivery: Delivery.nmi, isLevel: false } as const;

export const arrival: Chapter = {
  title: 'what arrives from outside',
  clauses: [
    clause('an interrupt is taken before the next instruction, if IF lets it in', (on) => {
      const cpu = on.begin([...many(5), hlt]);
      equal(cpu.interrupt(0x30), false);
      const open = on.begin([...many(5), hlt], { flags: 0x202 });
      equal(open.interrupt(0x30), true);
      equal(open.run(100).why, 'halt');
      deepEqual([vectorOf(open), general(open, 1)], [0x30, 0]);
      equal(on.word(Place.stack - 12), Place.code, 'it would have gone on there');
    }),
    clause(
      'behind STI one instruction comes first',
      (on) => {
        const cpu = on.begin([sti, incEcx, incEcx, hlt]);
        equal(cpu.run(1).why, 'budget');
        equal(cpu.interrupt(0x30), false);
        equal(cpu.save().shadow.sti, true);
        equal(cpu.run(1).why, 'budget');
        equal(cpu.interrupt(0x30), true);
        equal(cpu.run(100).why, 'halt');
        deepEqual([vectorOf(cpu), general(cpu, 1)], [0x30, 1]);
      },
      { needs: ['count'] },
    ),
    clause(
      'behind a load of SS one instruction comes first, of NMIs, too',
      (on) => {
        const cpu = on.begin([...movEax(0x10), sti, nop, ...movSs, incEcx, incEcx, hlt]);
        equal(cpu.run(4).why, 'budget');
        equal(cpu.interrupt(0x30), false);
        equal(cpu.save().shadow.stack, true);
        cpu.nonMaskable();
        equal(cpu.run(100).why, 'halt');
        deepEqual([vectorOf(cpu), general(cpu, 1)], [2, 1]);
      },
      { needs: ['count'] },
    ),
    clause('who waits for that is told when one would be taken', (on) => {
      for (const budget of [1, 100]) {
        const cpu = on.begin([incEcx, sti, incEcx, incEcx, incEcx, cli, hlt]);
        cpu.isAwaited = true;
        equal(runBy(cpu, budget).why, 'open');
        equal(general(cpu, 1), 2, `${budget} at a time`);
        equal(cpu.interrupt(0x30), true);
        cpu.isAwaited = false;
        equal(cpu.run(100).why, 'halt');
        equal(vectorOf(cpu), 0x30);
      }
    }),
    clause('an NMI comes though interrupts are not let in, and wakes one that halts', (on) => {
      const cpu = on.begin([incEcx, hlt]);
      equal(cpu.run(100).why, 'halt');
      cpu.nonMaskable();
      equal(cpu.run(100).why, 'halt');
      equal(vectorOf(cpu), 2);
    }),
    clause(
      'within an NMI another one waits for IRET, and a third is lost',
      (on) => {
        // inc eax; iret
        on.write(handlerOf(2), [incEax, iret]);
        const cpu = on.begin([...many(10), hlt]);
        cpu.nonMaskable();
        cpu.nonMaskable();
        equal(cpu.run(100).why, 'halt');
        equal(general(cpu, 0), 1, 'both came before the first was taken');
        on.write(handlerOf(2), [incEax, ...many(3, nop), iret]);
        const other = on.begin([...many(10), hlt]);
        other.nonMaskable();
        other.run(2);
        other.receive(nmi);
        other.receive(nmi);
        equal(other.run(100).why, 'halt');
        deepEqual([general(other, 0), general(other, 1)], [2, 10]);
      },
      { needs: ['count'] },
    ),
    clause('INIT leaves alone whether caches are used, a reset turns them off', (on) => {
      const cpu = on.begin([hlt]);
      const init = (): number => {
        cpu.receive({ vector: 0, delivery: Delivery.init, isLevel: false });
        return cpu.save().cr0;
      };
      equal(init(), 0x10);
      cpu.reset();
      equal(init(), 0x6000_0010);
    }),
    clause('after a reset it is as after power-up', (on) => {
      const cpu = on.begin([...movEax(5), hlt]);
      cpu.run(100);
      cpu.reset();
      // SDM Vol. 3A, table 10-1.
      const { rip, cs, cr0, cr3, cr4, efer, flags, dr6, dr7, general: words, activity, mxcsr } = cpu.save();
      deepEqual(
        { rip, cr0, cr3, cr4, efer, flags, dr6, dr7, activity, mxcsr },
        {
          ...{
            rip: 0xfff0n,
            cr0: 0x6000_0010,
            cr3: 0n,
            cr4: 0,
            efer: 0,
            flags: 2,
            dr6: 0xffff_0ff0,
            dr7: 0x400,
            activity: 'active',
            mxcsr: 0x1f80,
          },
        },
      );
      deepEqual([cs.selector, cs.base, cs.limit], [0xf000, 0xffff_0000n, 0xffff]);
      deepEqual(
        words.filter((_, number) => number !== 2),
        Array.from({ length: 15 }, () => 0n),
      );
    }),
  ],
};
