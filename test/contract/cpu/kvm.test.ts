/** A processor that the kernel runs keeps the processor's contract, as far as this host's kernel runs guests of protected mode. */
import { Ram, type Window } from '../../../src/cpu/index.ts';
import { engineOfRows } from '../../../src/cpu/stage/engine.ts';
import { probeKvm, probeKvmBasics } from '../../../src/host/kvm/index.ts';
import { families, supervising } from '../../../src/isa/index.ts';
import { KvmBoard, KvmCpu } from '../../../src/kvm/index.ts';
import type { Exit } from '../../../src/machine/index.ts';
import { chapters, holdToContract } from './contract.ts';
import { memoryBytes, registersAt } from './stand.ts';
import type { Board, Plan } from './subject.ts';

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

/** Of the processor's own time: others may have this one meanwhile. */
const patienceUs = 20_000;

/** A budget is a hint, which time is up for before a host that is busy with others has run anything. */
class PatientCpu extends KvmCpu {
  override run(budget: number): Exit {
    const began = process.threadCpuUsage();
    for (;;) {
      const exit = super.run(budget);
      const { user, system } = process.threadCpuUsage(began);
      if (exit.why !== 'budget' || user + system > patienceUs) return exit;
    }
  }
}

const board = ({ processors, ports, registers, kicked }: Plan): Board => {
  const ram = new Ram(memoryBytes);
  const shared = new KvmBoard(ram);
  const cpus = Array.from({ length: processors }, (_, apicId) => {
    const space = registers === undefined ? {} : { space: spaceOf(registers) };
    return new PatientCpu(shared, engine, ports, { topology: { apicId, processors }, ...space, ...(kicked !== undefined && { kicked }) });
  });
  return {
    cpus,
    write: (at, from) => ram.write(at, from),
    read: (at, count) => ram.bytes.slice(ram.begin + at, ram.begin + at + count),
  };
};

const basics = probeKvmBasics();
const names = chapters.flatMap(({ clauses }) => clauses.map(({ name }) => name));

const always = {
  'only the first runs after a reset; the others wait to be started':
    'of two SIPIs that come before a processor is let run, the kernel keeps the later: api.rst, KVM_GET_VCPU_EVENTS',
};
/** Here and only here, where probeKvm() tells why it is not for whole systems. */
const inSoftware = {
  'it halts behind HLT, and goes on there after an interrupt':
    'the KVM of this host is one in software, which has no IRET of protected mode',
  'two that wake each other in turns never miss one': 'the KVM of this host is one in software, which has no IRET of protected mode',
  'who waits for that is told when one would be taken':
    'the KVM of this host is one in software, which looks for interrupts once in some dozens of instructions of a system',
  'an interrupt waits until priority and flags let it in':
    'the KVM of this host is one in software, which looks for interrupts once in some dozens of instructions of a system',
};
const none = Object.fromEntries(names.map((name) => [name, basics.ok ? '' : basics.why]));

holdToContract({ name: 'KVM', board, skips: basics.ok ? { ...always, ...(probeKvm().ok ? {} : inSoftware) } : none });
