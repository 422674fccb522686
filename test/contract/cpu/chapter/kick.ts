import { equal } from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { forever, hlt, incEcx, many } from '../code.ts';
import { general, runBy } from '../stand.ts';
import { type Chapter, clause, type Plan } from '../subject.ts';

const word = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));
let device: { onWrite: () => void };

const plan = (): Plan => {
  device = { onWrite: () => {} };
  return { processors: 1, ports: { read: () => 0, write: () => device.onWrite() } };
};

export const kick: Chapter = {
  title: 'somebody asks for control',
  clauses: [
    clause('one that does not run gives it back at once, and then runs as always', (on) => {
      const cpu = on.begin([...many(10), hlt]);
      cpu.kick();
      equal(cpu.run(100).why, 'kick');
      equal(general(cpu, 1), 0);
      equal(cpu.run(100).why, 'halt');
      equal(general(cpu, 1), 10);
    }),
    clause(
      'a device that is touched has it back behind that instruction',
      (on) => {
        // inc ecx; out 0x80, al
        const cpu = on.begin([incEcx, 0xe6, 0x80, ...many(20), hlt]);
        device.onWrite = () => cpu.kick();
        equal(cpu.run(100).why, 'kick');
        equal(general(cpu, 1), 1);
        equal(cpu.run(100).why, 'halt');
        equal(general(cpu, 1), 21);
      },
      { plan },
    ),
    clause(
      'another thread has it back from a program that never ends',
      async (on) => {
        const cpu = on.begin([...forever]);
        const ready = word();
        const worker = new Worker(
          `const { workerData: { ready, kicked } } = require('node:worker_threads');
          Atomics.store(ready, 0, 1);
          Atomics.notify(ready, 0);
          Atomics.wait(ready, 0, 1, 20);
          Atomics.store(kicked, 0, 1);`,
          { eval: true, workerData: { ready, kicked: cpu.kicked } },
        );
        Atomics.wait(ready, 0, 0, 20_000);
        equal(runBy(cpu, 2 ** 30, 2 ** 40).why, 'kick');
        equal(Atomics.load(cpu.kicked, 0), 0);
        await worker.terminate();
      },
      { plan: () => ({ processors: 1, kicked: word() }) },
    ),
  ],
};
