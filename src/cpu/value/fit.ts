/** What no processor can have, of registers and of what is held back: SDM Vol. 3C, 27.3.1 ("Checks on the Guest State Area"), where a processor asks the same. */
import { Eflags, type FeatureName, Mxcsr, X87Control, X87Status } from '../../isa/index.ts';
import { type CpuState, shown } from '../../machine/index.ts';
import { isSigned, widestOf } from '../canonical.ts';
import { Cr0, Cr4, Efer } from '../control/bits.ts';
import { controlMasks } from '../control/control-registers.ts';
import { Dr6, Dr7 } from '../control/debug-registers.ts';
import { possibleXcr0 } from '../control/extended-state.ts';
import { physicalBits } from '../memory/paging.ts';
import { type Claim, firstBroken, isLong } from './claim.ts';
import { apicFit } from './fit-apic.ts';
import { segmentFit } from './fit-segments.ts';

/** In a sentence; undefined of a state that a processor with these features can have. */
export const unfit = (state: CpuState, features: ReadonlySet<FeatureName>): string | undefined =>
  firstBroken([
    ...control(state, features),
    ...flags(state),
    ...segmentFit(state, widestOf(features)),
    ...debug(state),
    ...vectors(state, features),
    ...activity(state, widestOf(features)),
    ...apicFit(state, features),
  ]);

/** 27.3.1.1. */
const control = (state: CpuState, features: ReadonlySet<FeatureName>): readonly Claim[] => {
  const { cr0, cr3, cr4, efer } = state;
  const masks = controlMasks(features);
  const isMarkedLong = (efer & Efer.lma) !== 0;
  const beyond = (value: number, mask: bigint): boolean => (BigInt(value) & ~mask) === 0n;
  return [
    [beyond(cr0, masks.cr0), `cr0 ${shown(cr0)} has reserved bits`],
    [(cr0 & Cr0.et) !== 0, `cr0 ${shown(cr0)} has ET clear, which is fixed`],
    [(cr0 & Cr0.pg) === 0 || (cr0 & Cr0.pe) !== 0, `cr0 ${shown(cr0)} has paging without protection`],
    [(cr0 & Cr0.nw) === 0 || (cr0 & Cr0.cd) !== 0, `cr0 ${shown(cr0)} has NW without CD`],
    [cr3 >> BigInt(physicalBits) === 0n, `cr3 ${shown(cr3)} is beyond ${physicalBits} bits`],
    [beyond(cr4, masks.cr4), `cr4 ${shown(cr4)} has bits that this processor has not`],
    [isMarkedLong === isLong(state), `efer ${shown(efer)} has LMA other than LME and paging have it`],
    [(cr4 & Cr4.pcide) === 0 || isMarkedLong, `cr4 ${shown(cr4)} has PCIDE outside long mode`],
    [!isMarkedLong || (cr4 & Cr4.pae) !== 0, `cr4 ${shown(cr4)} lacks PAE in long mode`],
    [beyond(efer, masks.efer | BigInt(Efer.lma)), `efer ${shown(efer)} has bits that this processor has not`],
  ];
};

/** 27.3.1.4. */
const flags = (state: CpuState): readonly Claim[] => {
  const bits = (state.cr4 & Cr4.la57) !== 0 ? 57 : 48;
  const known = Object.values(Eflags).reduce((all, mask) => all | mask, 0);
  const isVirtual = (state.flags & Eflags.vm) !== 0;
  const is64 = isLong(state) && (state.cs.rights & (1 << 13)) !== 0;
  const { rip } = state;
  return [
    [(state.flags & ~known) === 0, `flags ${shown(state.flags)} have reserved bits`],
    [(state.flags & Eflags.one) !== 0, `flags ${shown(state.flags)} have bit 1 clear, which is fixed`],
    [!isVirtual || (state.cr0 & Cr0.pe) !== 0, 'virtual-8086 mode is without protection'],
    [!isVirtual || !isLong(state), 'virtual-8086 mode is within long mode'],
    [is64 || rip >> 32n === 0n, `rip ${shown(rip)} is beyond 32 bits, outside 64-bit mode`],
    // Code may have run to the end of its half: the bit below may differ.
    [!is64 || [0n, (1n << BigInt(64 - bits)) - 1n].includes(rip >> BigInt(bits)), `rip ${shown(rip)} is in neither half of the addresses`],
  ];
};

const debug = ({ dr6, dr7 }: CpuState): readonly Claim[] => [
  [(dr6 & ~Dr6.writable) >>> 0 === Dr6.ones, `dr6 ${shown(dr6)} has reserved bits`],
  [(dr7 & ~Dr7.writable) >>> 0 === Dr7.ones, `dr7 ${shown(dr7)} has reserved bits`],
];

const vectors = ({ xcr0, mxcsr, x87, vectors: ymm }: CpuState, features: ReadonlySet<FeatureName>): readonly Claim[] => {
  const isTold = (x87.status & ~x87.control & X87Status.flags) !== 0;
  const told = isTold ? X87Status.summary | X87Status.busy : 0;
  return [
    [possibleXcr0(xcr0, features), `xcr0 ${shown(xcr0)} is no set of states that this processor has`],
    [(mxcsr & ~(Mxcsr.control | Mxcsr.flags)) === 0, `mxcsr ${shown(mxcsr)} has reserved bits`],
    [features.has('avx') || ymm.every((bits) => bits >> 128n === 0n), 'vectors have upper halves, which this processor has not'],
    [(x87.control & ~X87Control.writable) === X87Control.always, `x87.control ${shown(x87.control)} has reserved bits`],
    [
      (x87.status & (X87Status.summary | X87Status.busy)) === told,
      `x87.status ${shown(x87.status)} tells of its exceptions otherwise than x87.control ${shown(x87.control)} has it`,
    ],
  ];
};

/** 27.3.1.5. */
const activity = (state: CpuState, widest: number): readonly Claim[] => {
  const isTold = (state.x87.status & X87Status.summary) !== 0;
  const { shadow } = state;
  const isHeld = shadow.sti || shadow.stack;
  return [
    [!(shadow.sti && shadow.stack), 'both STI and a load of SS hold interrupts back'],
    [!shadow.sti || (state.flags & Eflags.if) !== 0, 'STI holds interrupts back, and IF is clear'],
    [state.activity === 'active' || !isHeld, `interrupts are held back until the next instruction, and it is ${state.activity}`],
    [state.activity !== 'frozen' || (isTold && (state.cr0 & Cr0.ne) === 0), 'it waits for an x87 exception that is not told outside'],
    [!state.x87.ignored || isTold, 'x87 exceptions are ignored, and there is none'],
    [state.activity !== 'halted' || state.cpl === 0, `it is halted at privilege ${state.cpl}`],
    [isSigned(state.gdtr.base, widest), `gdtr.base ${shown(state.gdtr.base)} is not canonical`],
    [isSigned(state.idtr?.base ?? 0n, widest), `idtr.base ${shown(state.idtr?.base ?? 0n)} is not canonical`],
  ];
};
