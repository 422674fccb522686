/** A guest of a few instructions on an emulated processor and on one of the kernel's, which ought to be alike at each OUT that it comes to. */
import { deepEqual, equal } from 'node:assert/strict';
import { EmulatedProcessor } from '../../src/board/index.ts';
import { engine } from '../../src/computer/engine/index.ts';
import { type Ports, Ram, setLong, type Window } from '../../src/cpu/index.ts';
import { probeKvm } from '../../src/host/kvm/index.ts';
import { State } from '../../src/isa/index.ts';
import { KvmBoard, KvmCpu } from '../../src/kvm/index.ts';
import type { Cpu, CpuState } from '../../src/machine/index.ts';

export const memoryBytes = 2 ** 19;
/** Where code begins; and the stop of a guest, which no device has. */
export const [codeAt, tablesAt, stackAt, stopAt] = [0x1_0000, 0x1000, 0x9000, 0xe0] as const;
/** PAE, and vectors. */
const withoutXsave = 0x620n;
/** out stopAt, al */
export const stop = [0xe6, stopAt] as const;

export interface One {
  readonly cpu: Cpu & { enter(set: (state: DataView) => void): void };
  readonly ram: Ram;
  /** What its devices were asked for, in order. */
  readonly heard: string[];
}

export interface Around {
  /** Answers to IN. */
  readonly port?: (port: number, bytes: number) => number;
  /** Registers of devices, for each of both. */
  readonly space?: () => Window;
}

const portsOf = (heard: string[], kick: () => void, { port = () => 0 }: Around): Ports => ({
  read: (at, bytes) => {
    heard.push(`in ${at.toString(16)}/${bytes}`);
    return port(at, bytes) % 2 ** (8 * bytes);
  },
  write: (at, bytes, value) => {
    if (at === stopAt) kick();
    else heard.push(`out ${at.toString(16)}/${bytes} ${value.toString(16)}`);
  },
});

const heardSpace = (heard: string[], space: Window): Window => ({
  has: (physical) => space.has(physical),
  read: (physical, bytes) => {
    heard.push(`read ${physical.toString(16)}/${bytes}`);
    return space.read(physical, bytes);
  },
  write: (physical, bytes) => {
    heard.push(`write ${physical.toString(16)} ${Buffer.from(bytes).toString('hex')}`);
    space.write(physical, bytes);
  },
});

export class Pair implements Disposable {
  readonly emulated: One;
  readonly kernels: One & { readonly cpu: KvmCpu };
  readonly board: KvmBoard;

  constructor(around: Around = {}) {
    const rams = [new Ram(memoryBytes), new Ram(memoryBytes)] as const;
    const [first, second] = [[], []] as [string[], string[]];
    this.board = new KvmBoard(rams[1]);
    const { profile } = this.board;
    const ownerOf = (heard: string[]) => ({ profile, ...(around.space && { space: heardSpace(heard, around.space()) }) });
    const emulated: Cpu = new EmulatedProcessor({
      ...{ ram: rams[0], engine: engine(), owner: ownerOf(first) },
      ports: portsOf(first, () => emulated.kick(), around),
    });
    const kernels: KvmCpu = new KvmCpu(
      this.board,
      engine(),
      portsOf(second, () => kernels.kick(), around),
      ownerOf(second),
    );
    this.emulated = { cpu: emulated as EmulatedProcessor, ram: rams[0], heard: first };
    this.kernels = { cpu: kernels, ram: rams[1], heard: second };
  }

  get both(): readonly [One, One] {
    return [this.emulated, this.kernels];
  }

  write(at: number, bytes: readonly number[]): void {
    for (const { ram, cpu } of this.both) {
      ram.write(at, Uint8Array.from(bytes));
      cpu.forget();
    }
  }

  /** 64-bit mode at privilege 0 in the first 2 MiB, which belong to everybody. */
  beginLong(code: readonly number[], otherwise: (state: CpuState) => CpuState = (state) => state): void {
    this.write(codeAt, code);
    for (const { ram, cpu } of this.both) {
      for (const [level, entry] of [tablesAt + 0x1007, tablesAt + 0x2007, 0xe7].entries())
        ram.write64(tablesAt + 0x1000 * level, BigInt(entry));
      cpu.enter((state) => {
        setLong(state, BigInt(tablesAt));
        if (!this.board.profile.features.includes('xsave')) {
          state.setBigUint64(State.cr4, withoutXsave, true);
          state.setBigUint64(State.xcr0, 1n, true);
        }
        state.setBigUint64(State.rip, BigInt(codeAt), true);
        state.setBigUint64(State.gpr + 8 * 4, BigInt(stackAt), true);
      });
      cpu.load(otherwise(cpu.save()));
    }
  }

  /** Real-address mode in the first 64 KiB. */
  beginReal(code: readonly number[], at = 0x7c00): void {
    this.write(at, code);
    for (const { cpu } of this.both) {
      cpu.reset();
      const fresh = cpu.save();
      const general = fresh.general.map((_, number) => (number === 4 ? BigInt(stackAt) : 0n));
      cpu.load({ ...fresh, general, cs: { selector: 0, base: 0n, limit: 0xffff, rights: 0x93 }, rip: BigInt(at) });
    }
  }

  /** Both run to their next stop; returns their common state there. */
  step(): CpuState {
    for (const { cpu } of this.both) equal(runToStop(cpu), 'kick');
    const [one, other] = this.both.map(({ cpu }) => cpu.save()) as [CpuState, CpuState];
    deepEqual(comparable(other), comparable(one));
    deepEqual(this.kernels.heard, this.emulated.heard);
    const [memory, others] = this.both.map(({ ram }) => Buffer.from(ram.bytes.subarray(ram.begin, ram.begin + memoryBytes)));
    equal(memory?.equals(others ?? Buffer.alloc(0)), true, 'memory is the same');
    return one;
  }

  [Symbol.dispose](): void {
    this.board[Symbol.dispose]();
  }
}

/** A host that is busy with others has a budget used up before anything has run. */
export const runToStop = (cpu: Cpu): string => {
  for (let tries = 0; tries < 10_000; tries++) {
    const exit = cpu.run(100_000);
    if (exit.why !== 'budget') return exit.why === 'unsupported' ? `unsupported: ${exit.what}` : exit.why;
  }
  return 'budget';
};

/** A KVM in software shows programs no privilege for ports, which they have all the same. */
const hidden = probeKvm().ok ? 0 : 0x3000;

/** But for time, which goes on by itself, and where the last x87 instruction was, which many processors tell of one that raised an exception alone. */
export const comparable = ({ time: _, x87, ...state }: CpuState): unknown => {
  const { opcode, code, data, codeSegment, dataSegment, ...numbers } = x87;
  return { ...state, x87: numbers, flags: state.flags & ~hidden };
};
