import { deepEqual, equal } from 'node:assert/strict';
import { Delivery } from '../../../../src/machine/index.ts';
import { Apic, apicStore, divideByOne, enableApic, hlt, Icr, incEcx, incEdx, iret, loadEax, many, send, sti } from '../code.ts';
import { general, handlerOf, runBy, vectorOf } from '../stand.ts';
import { type Chapter, clause } from '../subject.ts';

const timer = (lvt: number): readonly number[] => apicStore(Apic.timer, lvt);
const count = (ticks: number): readonly number[] => apicStore(Apic.initial, ticks);
const time = { needs: ['count', 'time'] } as const;

export const apic: Chapter = {
  title: 'its local APIC',
  clauses: [
    clause(
      'its timer interrupts after exactly as many instructions, however they are run',
      (on) => {
        for (const budget of [1, 2, 7, 1000]) {
          const cpu = on.begin([...enableApic, ...timer(0x40), ...divideByOne, ...count(20), sti, ...many(200)]);
          equal(runBy(cpu, budget).why, 'halt');
          deepEqual([vectorOf(cpu), general(cpu, 1)], [0x40, 19], `${budget} at a time`);
        }
      },
      time,
    ),
    clause(
      'its timer is read in the middle of other instructions as it is at each',
      (on) => {
        const code = [
          ...enableApic,
          ...divideByOne,
          ...count(1000),
          incEcx,
          incEcx,
          ...loadEax(0xfee0_0000 + 16 * Apic.current),
          ...many(200),
          hlt,
        ];
        for (const budget of [1, 3, 1000]) {
          const cpu = on.begin(code);
          runBy(cpu, budget);
          equal(general(cpu, 0), 997, `${budget} at a time`);
        }
      },
      time,
    ),
    clause(
      'a periodic timer interrupts again when the interrupt is through',
      (on) => {
        on.write(handlerOf(0x40), [incEdx, ...apicStore(Apic.eoi, 0), iret]);
        const cpu = on.begin([...enableApic, ...timer(0x2_0040), ...divideByOne, ...count(50), sti, ...many(255)]);
        equal(cpu.run(260).why, 'budget');
        equal(general(cpu, 2), 5);
      },
      time,
    ),
    clause(
      'one that halts tells how long it would wait, and is woken when that has passed',
      (on) => {
        const cpu = on.begin([...enableApic, ...timer(0x40), ...divideByOne, ...count(5000), sti, hlt, ...many(200)]);
        equal(cpu.run(1000).why, 'halt');
        equal(cpu.alarm, 4998n);
        cpu.pass(4997n);
        equal(cpu.run(1000).why, 'halt');
        equal(vectorOf(cpu), undefined);
        cpu.pass(1n);
        equal(cpu.run(1000).why, 'halt');
        equal(vectorOf(cpu), 0x40);
      },
      time,
    ),
    clause('a timer that nobody set wakes nobody', (on) => {
      const cpu = on.begin([...enableApic, hlt]);
      equal(cpu.run(100).why, 'halt');
      equal(cpu.alarm, undefined);
    }),
    clause('an interrupt waits until priority and flags let it in', (on) => {
      const cpu = on.begin([
        ...enableApic,
        ...apicStore(Apic.tpr, 0x50),
        sti,
        ...send(Icr.self | 0x45),
        incEcx,
        incEcx,
        ...apicStore(Apic.tpr, 0),
        ...many(200),
      ]);
      equal(cpu.run(1000).why, 'halt');
      deepEqual([vectorOf(cpu), general(cpu, 1)], [0x45, 2]);
      const masked = on.begin([...enableApic, ...send(Icr.self | 0x45), incEcx, incEcx, incEcx, sti, incEcx, ...many(200)]);
      equal(masked.run(1000).why, 'halt');
      deepEqual([vectorOf(masked), general(masked, 1)], [0x45, 4], 'one more, behind STI');
    }),
    clause('what it is told over the bus, it has taken', (on) => {
      const cpu = on.begin([...enableApic, sti, hlt, incEcx, hlt]);
      equal(cpu.run(100).why, 'halt');
      cpu.receive({ vector: 0x51, delivery: Delivery.fixed, isLevel: false });
      equal(cpu.run(100).why, 'halt');
      equal(vectorOf(cpu), 0x51);
    }),
    clause('one that is switched off takes none', (on) => {
      const cpu = on.begin([sti, hlt]);
      equal(cpu.run(100).why, 'halt');
      cpu.receive({ vector: 0x51, delivery: Delivery.fixed, isLevel: false });
      equal(cpu.run(100).why, 'halt');
      equal(vectorOf(cpu), undefined);
    }),
    clause(
      'the first begins anew after INIT, between two instructions',
      (on) => {
        const cpu = on.begin([...enableApic, ...send(Icr.self | Icr.init), ...many(200)]);
        equal(cpu.run(2).why, 'budget');
        equal(cpu.save().cs.base, 0xffff_0000n);
      },
      { needs: ['count'] },
    ),
  ],
};
