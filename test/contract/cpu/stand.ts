/** Where a clause is proved: processors with a guest of protected mode, whose handlers of interrupts halt where one can see which it was. */
import type { Cpu, CpuState, Exit, SegmentState } from '../../../src/machine/index.ts';
import type { Board } from './subject.ts';

export const Place = { gdt: 0x1000, idt: 0x2000, stack: 0x9000, code: 0x1_0000, handlers: 0x2_0000, data: 0x3_0000 } as const;
export const memoryBytes = 2 ** 20;
/** Where `Plan.registers` are. */
export const registersAt = 0xfed0_0000;
export const handlerOf = (vector: number): number => Place.handlers + 16 * vector;

const flat = (selector: number, rights: number): SegmentState => ({ selector, base: 0n, limit: 0xffff_ffff, rights });
const code32 = flat(8, 0xc09b);
const data32 = flat(16, 0xc093);

/** As firmware leaves it: what an 8259 asks for comes through LINT0. */
const passing = ({ apic }: CpuState): CpuState['apic'] => {
  const [lint0, external] = [0x35, 0x700];
  return { ...apic, registers: apic.registers.map((bits, register) => (register === lint0 ? external : bits)) };
};

export class Stand {
  readonly board: Board;
  /** As after a reset. */
  readonly fresh: readonly CpuState[];

  constructor(board: Board) {
    this.board = board;
    this.fresh = board.cpus.map((cpu) => cpu.save());
    this.#quads(Place.gdt, [0n, 0xcf_9b00_0000_ffffn, 0xcf_9300_0000_ffffn]);
    for (let vector = 0; vector < 256; vector++) {
      const at = BigInt(handlerOf(vector));
      this.#quads(Place.idt + 8 * vector, [(at & 0xffffn) | (8n << 16n) | (0x8en << 40n) | ((at >> 16n) << 48n)]);
      this.write(handlerOf(vector), [0xf4]);
    }
  }

  get cpu(): Cpu {
    return this.at(0);
  }

  at(index: number): Cpu {
    const cpu = this.board.cpus[index];
    if (cpu === undefined) throw new Error(`there is no processor ${index}`);
    return cpu;
  }

  write(at: number, bytes: readonly number[]): void {
    this.board.write(at, Uint8Array.from(bytes));
    for (const cpu of this.board.cpus) cpu.forget();
  }

  /** Of 32 bits. */
  word(at: number): number {
    return new DataView(this.board.read(at, 4).buffer).getUint32(0, true);
  }

  /** 32-bit code at privilege 0, each processor with a stack of its own; with what is said otherwise. */
  begin(code: readonly number[], otherwise: Partial<CpuState> = {}, index = 0): Cpu {
    const at = Place.code + 0x1000 * index;
    this.write(at, code);
    const cpu = this.at(index);
    cpu.load({ ...this.protectedState(index), rip: BigInt(at), ...otherwise });
    return cpu;
  }

  protectedState(index = 0): CpuState {
    const fresh = this.#freshOf(index);
    const general = fresh.general.map((_, number) => (number === 4 ? BigInt(Place.stack + 0x1000 * index) : 0n));
    return {
      ...fresh,
      apic: passing(fresh),
      ...{ general, flags: 2, cr0: 0x11, cs: code32, ss: data32, ds: data32, es: data32, fs: data32, gs: data32 },
      gdtr: { base: BigInt(Place.gdt), limit: 23 },
      idtr: { base: BigInt(Place.idt), limit: 0x7ff },
    };
  }

  /** Real-address mode in the first 64 KiB. */
  beginReal(code: readonly number[], at: number, index = 0): Cpu {
    this.write(at, code);
    const segment = { selector: 0, base: 0n, limit: 0xffff, rights: 0x93 };
    const cpu = this.at(index);
    const fresh = this.#freshOf(index);
    cpu.load({ ...fresh, apic: passing(fresh), cs: segment, rip: BigInt(at) });
    return cpu;
  }

  #freshOf(index: number): CpuState {
    const fresh = this.fresh[index];
    if (fresh === undefined) throw new Error(`there is no processor ${index}`);
    return fresh;
  }

  #quads(at: number, words: readonly bigint[]): void {
    const bytes = new Uint8Array(8 * words.length);
    const view = new DataView(bytes.buffer);
    for (const [index, word] of words.entries()) view.setBigUint64(8 * index, word, true);
    this.board.write(at, bytes);
  }
}

/** rax, rcx, rdx, … by their numbers. */
export const general = (cpu: Cpu, number: number): number => Number(cpu.save().general[number] ?? 0n);

/** In whose handler it halted. */
export const vectorOf = (cpu: Cpu): number | undefined => {
  const from = Number(cpu.save().rip) - Place.handlers;
  return from >= 0 && from < 4096 ? from >> 4 : undefined;
};

/** Runs so many instructions at a time until it does something else than to use them up. */
export const runBy = (cpu: Cpu, atATime: number, most = 2000): Exit => {
  let exit: Exit = { why: 'budget' };
  for (let ran = 0; ran < most && exit.why === 'budget'; ran += atATime) exit = cpu.run(atATime);
  return exit;
};
