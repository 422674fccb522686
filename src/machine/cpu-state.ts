/** All of a processor that a program can tell, as a value: what a snapshot holds. Which back end had it can't be seen in it. */
import { always, below, big, choice, flag, list, maybe, part, some, u8, u16, u32, u64 } from './field.ts';
import type { StateOf } from './state.ts';

/** Counted up whenever the shape below changes. */
export const cpuStateVersion = 2;

/** A segment register with what was loaded into its hidden part. */
const segmentState = {
  selector: u16,
  base: u64,
  /** Last offset there is, in bytes; of one that expands downwards, the last there isn't. */
  limit: u32,
  /** Bits 40 to 55 of its descriptor, but for the limit's: SDM Vol. 3A, figure 3-8. */
  rights: u16,
} as const;

const tableState = { base: u64, limit: u16 } as const;
const segment = part(segmentState);
const table = part(tableState);

export const cpuState = {
  version: always(cpuStateVersion),
  /** rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15. */
  general: list(16, u64),
  rip: u64,
  /** RFLAGS. */
  flags: u32,
  cpl: below(4),
  ...{ es: segment, cs: segment, ss: segment, ds: segment, fs: segment, gs: segment },
  ...{ ldtr: segment, tr: segment },
  gdtr: table,
  /** Nothing of none: exceptions are handed out, which no guest can ask for. */
  idtr: maybe(table),
  ...{ cr0: u32, cr2: u64, cr3: u64, cr4: u32, efer: u32, xcr0: u64 },
  /** DR0 to DR3. */
  breakpoints: list(4, u64),
  ...{ dr6: u32, dr7: u32 },
  /** Those with nothing of their own here, by ascending numbers: SDM Vol. 4. */
  models: some(256, part({ number: u32, value: u64 })),
  /** YMM0 to YMM15. */
  vectors: list(16, big(32)),
  mxcsr: u32,
  x87: part({
    ...{ control: u16, status: u16 },
    /** A bit for each register that isn't empty. */
    full: u8,
    /** By their own numbers, not from the top on. */
    registers: list(8, big(10)),
    /** Of the last instruction that was none of control. */
    ...{ opcode: below(2048), codeSegment: u16, dataSegment: u16, code: u64, data: u64 },
    /** Whether what was told outside is ignored until it is cleared: IGNNE#. */
    ignored: flag,
  }),
  /**
   * It runs · waits for an interrupt · waits for an NMI or a reset, after a third fault · waits to be started, after INIT · waits for the
   * interrupt of an x87 exception that was told outside.
   */
  activity: choice('active', 'halted', 'shutdown', 'waiting', 'frozen'),
  /** Held back until the next instruction is through, by STI and by a load of SS; NMI until IRET; an NMI that waits, and an INIT. */
  shadow: part({ sti: flag, stack: flag, nmi: flag, nmiWaits: flag, initWaits: flag }),
  time: part({
    /** The processor's own time. */
    ticks: u64,
    /** What the time-stamp counter is ahead of that, and IA32_TSC_ADJUST. */
    ...{ ahead: u64, adjust: u64 },
    /** What the next random number follows from. */
    seed: u64,
  }),
  apic: part({
    /** IA32_APIC_BASE. */
    base: u64,
    /** By their number: an offset in the page by 16, or in the MSRs. */
    registers: list(64, u32),
    /** Errors since ESR was written. */
    errors: u32,
    /** When the timer is through, in the processor's own time, and IA32_TSC_DEADLINE; 0 of neither. */
    ...{ expiry: u64, deadline: u64 },
  }),
} as const;

export type CpuState = StateOf<typeof cpuState>;
export type SegmentState = StateOf<typeof segmentState>;
export type TableState = StateOf<typeof tableState>;

/** A state that no processor can have; the message says what of it, in a sentence. */
export class UnfitState extends Error {}

/** As manuals write numbers. */
export const shown = (value: number | bigint): string => (value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`);
