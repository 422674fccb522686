import { deepEqual } from 'node:assert/strict';
import { double, hlt, loadEax, movEax, store } from '../code.ts';
import { general, registersAt, runBy } from '../stand.ts';
import { type Chapter, clause, type Plan } from '../subject.ts';

let heard: string[] = [];

const plan = (): Plan => {
  heard = [];
  return {
    processors: 1,
    ports: {
      read: (port, bytes) => {
        heard.push(`in ${port.toString(16)}/${bytes}`);
        return 0x1234_5678 % 2 ** (8 * bytes);
      },
      write: (port, bytes, value) => {
        heard.push(`out ${port.toString(16)}/${bytes} ${value.toString(16)}`);
      },
    },
    registers: {
      read: (at) => at + 0x100,
      write: (at, value) => {
        heard.push(`${at} is ${value.toString(16)}`);
      },
    },
  };
};

export const bus: Chapter = {
  title: 'its buses',
  clauses: [
    clause(
      'IN and OUT go to the ports, as wide as they are',
      (on) => {
        // mov edx, 3f8; out dx, eax; in al, 60; in ax, 60; in eax, dx
        const cpu = on.begin([...movEax(0xaabb_ccdd), 0xba, ...double(0x3f8), 0xef, 0xe6, 0x80, 0xe4, 0x60, 0x66, 0xe5, 0x60, 0xed, hlt]);
        cpu.run(100);
        deepEqual(heard, ['out 3f8/4 aabbccdd', 'out 80/1 dd', 'in 60/1', 'in 60/2', 'in 3f8/4']);
        deepEqual(general(cpu, 0), 0x1234_5678);
      },
      { plan },
    ),
    clause(
      'registers of devices are read and written once for each instruction, however many run at a time',
      (on) => {
        for (const budget of [1, 100]) {
          heard = [];
          const cpu = on.begin([...store(registersAt + 8, 5), ...store(registersAt, 6), ...loadEax(registersAt + 4), hlt]);
          runBy(cpu, budget);
          deepEqual([heard, general(cpu, 0)], [['8 is 5', '0 is 6'], 0x104]);
        }
      },
      { plan },
    ),
    clause('where nothing is, all bits are ones, and what is written is lost', (on) => {
      const cpu = on.begin([...store(0xe000_0000, 5), ...loadEax(0xe000_0000), hlt]);
      cpu.run(100);
      deepEqual(general(cpu, 0), 0xffff_ffff);
    }),
  ],
};
