import { deepEqual, equal } from 'node:assert/strict';
import { type Cpu, gla, type Stop } from '../../../../src/machine/index.ts';
import { double, hlt, incEax, incEcx, loadEax, many, movEax, store } from '../code.ts';
import { general, Place, runBy } from '../stand.ts';
import { type Chapter, clause } from '../subject.ts';

const at = (offset: number): Stop => ({ on: 'execute', address: gla(BigInt(Place.code + offset)) });
const watch = (on: 'read' | 'write' | 'access', offset = 0): Stop => ({ on, address: gla(BigInt(Place.data + offset)), bytes: 4 });
/** mov ecx, count; L: inc edx; loop L */
const loop = (count: number): readonly number[] => [0xb9, ...double(count), 0x42, 0xe2, 0xfd];
/** inc dword [at] */
const incAt = (where: number): readonly number[] => [0xff, 0x05, ...double(where)];
const ripOf = (cpu: Cpu): number => Number(cpu.save().rip) - Place.code;
const needs = ['stop'] as const;

export const stop: Chapter = {
  title: 'where a debugger stops it',
  clauses: [
    clause(
      'control is given back before the instruction, as often as it is asked to go on',
      (on) => {
        const cpu = on.begin([...many(10), incEax, hlt]);
        cpu.stops = [at(10)];
        for (const _ of [1, 2]) {
          deepEqual(cpu.run(1000), { why: 'stop', stop: at(10) });
          deepEqual([ripOf(cpu), general(cpu, 1), general(cpu, 0)], [10, 10, 0]);
        }
        cpu.stops = [];
        equal(cpu.run(1000).why, 'halt');
        deepEqual([general(cpu, 1), general(cpu, 0)], [10, 1]);
      },
      { needs },
    ),
    clause(
      'code that ran before is stopped at, too, each time a loop comes by',
      (on) => {
        const cpu = on.begin([...loop(1000), hlt]);
        equal(cpu.run(501).why, 'budget');
        cpu.stops = [at(6)];
        const first = general(cpu, 2);
        for (const round of [1, 2, 3]) {
          equal(runBy(cpu, 1000).why, 'stop');
          equal(general(cpu, 2), first + round);
          cpu.stops = [];
          equal(cpu.run(1).why, 'budget');
          cpu.stops = [at(6)];
        }
        cpu.stops = [];
        equal(runBy(cpu, 1000).why, 'halt');
        equal(general(cpu, 2), 1000);
      },
      { needs },
    ),
    clause(
      'the program reads its code as it wrote it',
      (on) => {
        const cpu = on.begin([...loadEax(Place.code + 5), incEcx, hlt]);
        cpu.stops = [at(5)];
        equal(cpu.run(10).why, 'stop');
        deepEqual(general(cpu, 0), on.word(Place.code + 5));
        equal(general(cpu, 0) & 0xff, incEcx);
      },
      { needs },
    ),
    clause(
      'control is given back behind an instruction that writes what is watched, and not for what lies beside',
      (on) => {
        const cpu = on.begin([...store(Place.data + 4, 1), ...store(Place.data - 4, 1), ...store(Place.data + 2, 7), incEcx, hlt]);
        cpu.stops = [watch('write')];
        deepEqual(runBy(cpu, 100), { why: 'stop', stop: watch('write') });
        deepEqual([ripOf(cpu), on.word(Place.data + 2), general(cpu, 1)], [30, 7, 0]);
        equal(cpu.run(100).why, 'halt');
      },
      { needs },
    ),
    clause(
      'reads, writes and both are told apart',
      (on) => {
        const program = [...movEax(0), ...store(Place.data, 1), ...loadEax(Place.data), ...incAt(Place.data), hlt];
        const [behindStore, behindLoad, behindBoth] = [15, 20, 26];
        const where = (kind: 'read' | 'write' | 'access'): number[] => {
          const cpu = on.begin(program);
          cpu.stops = [watch(kind)];
          const found: number[] = [];
          while (cpu.run(100).why === 'stop') found.push(ripOf(cpu));
          cpu.stops = [];
          return found;
        };
        deepEqual(where('write'), [behindStore, behindBoth]);
        deepEqual(where('read'), [behindLoad, behindBoth]);
        deepEqual(where('access'), [behindStore, behindLoad, behindBoth]);
      },
      { needs },
    ),
    clause(
      'the program sees nothing of it in its debug registers',
      (on) => {
        const cpu = on.begin([...store(Place.data, 1), incEcx, hlt]);
        const { dr6, dr7, flags } = cpu.save();
        cpu.stops = [watch('write'), at(10)];
        equal(cpu.run(100).why, 'stop');
        equal(cpu.run(100).why, 'stop');
        const after = cpu.save();
        deepEqual([after.dr6, after.dr7, after.flags], [dr6, dr7, flags]);
      },
      { needs },
    ),
  ],
};
