import { deepEqual, equal } from 'node:assert/strict';
import { Apic, apicStore, enableApic, forever, hlt, Icr, incEcx, iret, loadEax, many, send, sendTo, sti, store } from '../code.ts';
import { general, handlerOf, Place, type Stand, vectorOf } from '../stand.ts';
import { type Chapter, clause } from '../subject.ts';

const two = { plan: { processors: 2 } } as const;
const three = { plan: { processors: 3 } } as const;
/** Awake, and let in by interrupts. */
const waiting = [...enableApic, sti, hlt, ...forever];

/** All of them, in turns, so many instructions at a time. */
const inTurns = (on: Stand, turns: number, each: number): void => {
  for (let turn = 0; turn < turns; turn++) for (const cpu of on.board.cpus) cpu.run(each);
};

export const several: Chapter = {
  title: 'several on one memory',
  clauses: [
    clause(
      'each has registers of its own, and sees what the others write',
      (on) => {
        const [first, second] = [0, 1].map((index) => on.begin([0xff, 0x05, ...[0, 0, 3, 0], ...loadEax(Place.data), hlt], {}, index));
        equal(first?.run(100).why, 'halt');
        equal(second?.run(100).why, 'halt');
        deepEqual([general(on.at(0), 0), general(on.at(1), 0)], [1, 2]);
      },
      two,
    ),
    clause(
      'only the first runs after a reset; the others wait to be started',
      (on) => {
        const [first, second] = [
          on.begin([...enableApic, ...sendTo(1, Icr.init), ...sendTo(1, Icr.startUp | 0x12), ...sendTo(1, Icr.startUp | 0x34), hlt]),
          on.at(1),
        ];
        // inc cx; hlt, of 16 bits
        on.write(0x1_2000, [incEcx, hlt]);
        equal(first.run(100).why, 'halt');
        equal(second.run(100).why, 'halt');
        const { cs, rip, flags, cr0 } = second.save();
        deepEqual([cs.selector, rip, general(second, 1)], [0x1200, 2n, 1]);
        deepEqual([flags & ~0x54, cr0], [2, 0x6000_0010], 'as after INIT, but for what INC made of the flags');
      },
      two,
    ),
    clause(
      'INIT stops one that runs, and has it wait',
      (on) => {
        const [first, second] = [on.begin([...enableApic, ...sendTo(1, Icr.init), hlt]), on.begin([...forever], {}, 1)];
        equal(second.run(10).why, 'budget');
        first.run(100);
        equal(second.run(10).why, 'halt');
        equal(second.save().activity, 'waiting');
      },
      two,
    ),
    clause(
      'one that does not wait takes no notice of SIPI',
      (on) => {
        const second = on.begin([...forever], {}, 1);
        on.begin([...enableApic, ...sendTo(1, Icr.startUp | 0x12), hlt]).run(100);
        second.run(10);
        equal(second.save().rip, BigInt(Place.code + 0x1000));
      },
      two,
    ),
    clause(
      'an interrupt for one wakes that one',
      (on) => {
        const others = [on.begin(waiting, {}, 1), on.begin(waiting, {}, 2)];
        for (const cpu of others) equal(cpu.run(100).why, 'halt');
        on.begin([...enableApic, ...sendTo(2, 0x61), hlt]).run(100);
        for (const cpu of others) cpu.run(100);
        deepEqual(others.map(vectorOf), [undefined, 0x61]);
      },
      three,
    ),
    clause(
      'an NMI is sent, too',
      (on) => {
        const second = on.begin([...forever], {}, 1);
        on.begin([...enableApic, ...sendTo(1, Icr.nmi), hlt]).run(100);
        equal(second.run(100).why, 'halt');
        equal(vectorOf(second), 2);
      },
      two,
    ),
    clause(
      'shorthands reach the others, or all',
      (on) => {
        for (const [shorthand, reached] of [
          [Icr.others, [undefined, 0x62, 0x62]],
          [Icr.all, [0x62, 0x62, 0x62]],
          [Icr.self, [0x62, undefined, undefined]],
        ] as const) {
          const others = [on.begin(waiting, {}, 1), on.begin(waiting, {}, 2)];
          for (const cpu of others) cpu.run(100);
          const first = on.begin([...enableApic, sti, ...send(shorthand | 0x62), ...many(3), hlt]);
          const all = [first, ...others];
          for (const cpu of all) cpu.run(100);
          deepEqual(all.map(vectorOf), reached);
        }
      },
      three,
    ),
    clause(
      'code that one writes is what another runs next',
      (on) => {
        // again: mov eax, 1; jmp again
        const runner = on.begin([0xb8, 1, 0, 0, 0, 0xeb, 0xf9], {}, 1);
        runner.run(20);
        equal(general(runner, 0), 1);
        on.begin([...store(Place.code + 0x1001, 7), hlt]).run(100);
        runner.run(2);
        equal(general(runner, 0), 7);
      },
      two,
    ),
    clause(
      'a page that one wrote is watched once another runs it',
      (on) => {
        const runner = on.begin([0xb8, 1, 0, 0, 0, 0xeb, 0xf9], {}, 1);
        // again: inc dword [the immediate]; jmp again
        const writer = on.begin([0xff, 0x05, 1, 0x10, 1, 0, 0xeb, 0xf8]);
        for (const [writes, seen] of [
          [6, 4],
          [2, 5],
          [4, 7],
        ] as const) {
          writer.run(writes);
          runner.run(2);
          equal(general(runner, 0), seen);
        }
      },
      { ...two, needs: ['count'] },
    ),
    clause(
      'in turns of any length no increment under LOCK is lost',
      (on) => {
        // mov ecx, 100; again: lock inc dword [data]; loop again; hlt
        const code = [0xb9, 100, 0, 0, 0, 0xf0, 0xff, 0x05, 0, 0, 3, 0, 0xe2, 0xf7, hlt];
        for (const each of [1, 3, 1000]) {
          on.write(Place.data, [0, 0, 0, 0]);
          for (const index of [0, 1, 2]) on.begin(code, {}, index);
          inTurns(on, 300, each);
          equal(on.word(Place.data), 300, `${each} at a time`);
        }
      },
      three,
    ),
    clause(
      'two that wake each other in turns never miss one',
      (on) => {
        // Counts, ends the interrupt and sends the next one.
        on.write(handlerOf(0x70), [0xff, 0x05, 0, 0, 3, 0, ...apicStore(Apic.eoi, 0), ...sendTo(1, 0x71), iret]);
        on.write(handlerOf(0x71), [0xff, 0x05, 4, 0, 3, 0, ...apicStore(Apic.eoi, 0), ...sendTo(0, 0x70), iret]);
        const loop = [...enableApic, sti, hlt, 0xeb, 0xfd];
        on.begin(loop, {}, 1).run(100);
        on.begin([...enableApic, ...sendTo(1, 0x71), sti, hlt, 0xeb, 0xfd]);
        inTurns(on, 200, 7);
        const [ping, pong] = [on.word(Place.data), on.word(Place.data + 4)];
        equal(ping > 50 && pong - ping >= 0 && pong - ping <= 1, true, `${ping} and ${pong}`);
      },
      two,
    ),
  ],
};
