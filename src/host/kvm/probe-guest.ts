/** A guest of a few instructions that tells a kernel's monitor which runs whole systems from one that doesn't: a program of 64 bits calls its system, which then counts. */
import { linuxKvm } from '../../abi/index.ts';
import type { CpuidRow } from './cpuid.ts';
import type { KvmMachine } from './machine.ts';
import { mapOwn } from './mapping.ffi.ts';
import type { KvmProcessor } from './processor.ts';

const memoryBytes = 0x1_0000;
const Place = { tables: 0x1000, system: 0x4000, program: 0x5000 } as const;
/** SYSCALL's selectors, and those of the program. */
const Selector = { code: 0x08, stack: 0x10, programStack: 0x1b, program: 0x23 } as const;
const rounds = 2000;

/** mov eax, cs; mov ebx, ss; out 80h, al; mov ecx, rounds; L: dec ecx; jnz L; out 81h, al */
const system = [0x8c, 0xc8, 0x8c, 0xd3, 0xe6, 0x80, 0xb9, rounds & 0xff, rounds >> 8, 0, 0, 0xff, 0xc9, 0x75, 0xfc, 0xe6, 0x81];
const syscall = [0x0f, 0x05];

export interface Found {
  /** Whether SYSCALL arrived with the selectors that it has to. */
  readonly arrives: boolean;
  /** Instructions of the system's in a second, if it came to that. */
  readonly perSecond: number;
}

/** What a machine does with it; undefined where it gets nowhere. */
export const tryGuest = (machine: KvmMachine, rows: readonly CpuidRow[]): Found | undefined => {
  using memory = mapOwn(memoryBytes);
  // It ends before its memory does.
  using ours = machine;
  lay(memory.view);
  ours.map({ number: 0, guest: 0, memory: memory.view, isReadOnly: false, isLogged: false });
  const processor = ours.processor(0);
  processor.identify(rows);
  begin(processor);
  if (!meets(processor, 0x80)) return undefined;
  const registers = processor.get('REGS');
  const { code, stack } = Selector;
  const arrives = registers.getUint16(0, true) === code && registers.getUint16(8, true) === stack;
  const before = performance.now();
  const isThrough = meets(processor, 0x81);
  return { arrives, perSecond: isThrough ? (2 * rounds * 1000) / Math.max(performance.now() - before, 0.001) : 0 };
};

/** The first 2 MiB, for everybody; SDM Vol. 3A, 4.5. */
const lay = (memory: DataView): void => {
  const { tables } = Place;
  for (const [level, entry] of [tables + 0x1007, tables + 0x2007, 0x87].entries())
    memory.setBigUint64(tables + 0x1000 * level, BigInt(entry), true);
  for (const [index, byte] of system.entries()) memory.setUint8(Place.system + index, byte);
  for (const [index, byte] of syscall.entries()) memory.setUint8(Place.program + index, byte);
};

const begin = (processor: KvmProcessor): void => {
  const at = linuxKvm.sregs;
  const state = processor.get('SREGS');
  putSegment(state, at.cs, Selector.program, true);
  for (const place of [at.ss, at.ds, at.es]) putSegment(state, place, Selector.programStack, false);
  // Paging, write protection, native errors, protection; PAE; long mode and SYSCALL.
  state.setBigUint64(at.cr0, 0x8001_0033n, true);
  state.setBigUint64(at.cr3, BigInt(Place.tables), true);
  state.setBigUint64(at.cr4, 0x20n, true);
  state.setBigUint64(at.efer, 0x501n, true);
  processor.set('SREGS', state);
  const registers = processor.get('REGS');
  registers.setBigUint64(linuxKvm.regs.rip, BigInt(Place.program), true);
  registers.setBigUint64(linuxKvm.regs.flags, 2n, true);
  processor.set('REGS', registers);
  const star = (BigInt(Selector.stack | 3) << 48n) | (BigInt(Selector.code) << 32n);
  processor.setModels([
    { number: 0xc000_0081, value: star },
    { number: 0xc000_0082, value: BigInt(Place.system) },
    { number: 0xc000_0084, value: 0x200n },
  ]);
};

/** Flat, at privilege 3. */
const putSegment = (state: DataView, place: number, selector: number, isCode: boolean): void => {
  const at = linuxKvm.segment;
  state.setBigUint64(place + at.base, 0n, true);
  state.setUint32(place + at.limit, 0xffff_ffff, true);
  state.setUint16(place + at.selector, selector, true);
  for (const [byte, value] of [
    [at.type, isCode ? 11 : 3],
    [at.present, 1],
    [at.dpl, 3],
    [at.big, isCode ? 0 : 1],
    [at.program, 1],
    [at.long, isCode ? 1 : 0],
    [at.granular, 1],
    [at.unusable, 0],
  ] as const)
    state.setUint8(place + byte, value);
};

/** Whether it comes to an OUT to this port. A signal may come before. */
const meets = (processor: KvmProcessor, port: number): boolean => {
  const { exitReason, runAt } = linuxKvm;
  for (let tries = 0; tries < 100; tries++) {
    const why = processor.enter();
    if (why === exitReason.io) return processor.run.getUint16(runAt.ioPort, true) === port;
    if (why !== exitReason.interrupted) return false;
  }
  return false;
};
