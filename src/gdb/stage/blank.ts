/** A state of a processor whose registers are all 0. */
import { type CpuState, cpuStateVersion, type SegmentState } from '../../machine/index.ts';

const segment: SegmentState = { selector: 0, base: 0n, limit: 0, rights: 0 };
const table = { base: 0n, limit: 0 };
const of = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

export const blank: CpuState = {
  version: cpuStateVersion,
  ...{ general: of(16, 0n), rip: 0n, flags: 0, cpl: 0 },
  ...{ es: segment, cs: segment, ss: segment, ds: segment, fs: segment, gs: segment },
  ...{ ldtr: segment, tr: segment, gdtr: table, idtr: table },
  ...{ cr0: 0, cr2: 0n, cr3: 0n, cr4: 0, efer: 0, xcr0: 0n },
  ...{ breakpoints: of(4, 0n), dr6: 0, dr7: 0, models: [] },
  ...{ vectors: of(16, 0n), mxcsr: 0 },
  x87: {
    ...{ control: 0, status: 0, full: 0, registers: of(8, 0n) },
    ...{ opcode: 0, codeSegment: 0, dataSegment: 0, code: 0n, data: 0n, ignored: false },
  },
  activity: 'active',
  shadow: { sti: false, stack: false, nmi: false, nmiWaits: false, initWaits: false },
  time: { ticks: 0n, ahead: 0n, adjust: 0n, seed: 0n },
  apic: { base: 0n, registers: of(64, 0), errors: 0, expiry: 0n, deadline: 0n },
};
