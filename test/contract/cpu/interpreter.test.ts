/** The interpreter keeps the processor's contract. */
import { ApicBus, Processor, Ram, type Window } from '../../../src/cpu/index.ts';
import { engineOfRows } from '../../../src/cpu/stage/engine.ts';
import { families, supervising } from '../../../src/isa/index.ts';
import { holdToContract } from './contract.ts';
import { memoryBytes, registersAt } from './stand.ts';
import type { Board, Plan } from './subject.ts';

// What clauses use: an interpreter of few rows is soon built.
const { stack, branch, move, arithmetic, flag, string, multiply, hint } = families;
const engine = engineOfRows(stack, branch, move, arithmetic, flag, string, multiply, hint, ...Object.values(supervising));

const spaceOf = (registers: NonNullable<Plan['registers']>): Window => ({
  has: (physical) => physical >= registersAt && physical < registersAt + 0x1000,
  read: (physical, count) => {
    const word = new DataView(new ArrayBuffer(4));
    word.setUint32(0, registers.read(physical - registersAt), true);
    return new Uint8Array(word.buffer, 0, count);
  },
  write: (physical, from) => registers.write(physical - registersAt, new DataView(from.slice().buffer).getUint32(0, true)),
});

const board = ({ processors, ports, registers, kicked }: Plan): Board => {
  const ram = new Ram(memoryBytes, processors);
  const bus = new ApicBus();
  const cpus = Array.from({ length: processors }, (_, apicId) => {
    const space = registers === undefined ? {} : { space: spaceOf(registers) };
    return new Processor(ram, engine, ports, { topology: { apicId, processors }, bus, ...space, ...(kicked !== undefined && { kicked }) });
  });
  return {
    cpus,
    write: (at, from) => ram.write(at, from),
    read: (at, count) => ram.bytes.slice(ram.begin + at, ram.begin + at + count),
  };
};

holdToContract({ name: 'interpreter', board, skips: {} });
