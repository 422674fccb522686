/** A processor's state between the value that a snapshot holds and the parts that the kernel has. */
import { linuxKvm } from '../../abi/index.ts';
import type { Part } from '../../host/kvm/index.ts';
import type { CpuState } from '../../machine/index.ts';
import { apicIn, putApic } from './apic.ts';
import { backOf, eventsOf, shadowIn } from './events.ts';
import { type Parts, partOf } from './parts.ts';
import { privilegeOf, putSegment, putTable, type SegmentName, segmentAt, segmentPlaces, tableAt } from './segments.ts';
import { areaOf, vectorsIn } from './vectors.ts';

/** What of it no part has. */
export interface Beside {
  /** The processor's own time, in nanoseconds, and its time-stamp counter. */
  readonly now: bigint;
  readonly counter: bigint;
  /** What the next random number would follow from. */
  readonly seed: bigint;
  /** It has met a third fault. */
  readonly isDown: boolean;
  /** Exceptions are nobody's: there is no table, and nobody has made one. */
  readonly isWithoutTable: boolean;
}

/** IA32_TSC_ADJUST and IA32_TSC_DEADLINE, where it has them; the others are the value's own. */
export const Model = { adjust: 0x3b, deadline: 0x6e0 } as const;
const { sregs, regs, debugRegs, xcrs } = linuxKvm;
const segmentNames = Object.keys(segmentPlaces) as readonly SegmentName[]; // They are its keys.
/** CR0.PE, and RFLAGS.VM. */
const [isProtected, isVirtual] = [1, 1 << 17] as const;
const activities = {
  [linuxKvm.mpState.halted]: 'halted',
  [linuxKvm.mpState.initReceived]: 'waiting',
  [linuxKvm.mpState.uninitialized]: 'waiting',
} as const;

/** `numbers`: of the model-specific registers that the value has. */
export const valueIn = (all: Parts, numbers: ReadonlySet<number>, beside: Beside): CpuState => {
  const part = (name: Part): DataView<ArrayBuffer> => partOf(all, name);
  const model = (number: number): bigint => all.models.find((one) => one.number === number)?.value ?? 0n;
  const system = part('SREGS');
  const quad = (place: number): bigint => system.getBigUint64(place, true);
  const low = (place: number): number => system.getUint32(place, true);
  const segments = Object.fromEntries(segmentNames.map((name) => [name, segmentAt(system, segmentPlaces[name])]));
  const { es, cs, ss, ds, fs, gs, ldtr, tr } = segments as Pick<CpuState, SegmentName>; // They are its keys.
  const registers = part('REGS');
  const flags = registers.getUint32(regs.flags, true);
  const debug = part('DEBUGREGS');
  const idtr = tableAt(system, sregs.idtr);
  const { now, counter, seed } = beside;
  const deadline = model(Model.deadline);
  const state = part('MP_STATE').getUint32(0, true);
  return {
    version: 2,
    general: linuxKvm.generalOrder.map((place) => registers.getBigUint64(regs.general + 8 * place, true)),
    rip: registers.getBigUint64(regs.rip, true),
    ...{ flags, cpl: privilegeOf(ss, (low(sregs.cr0) & isProtected) !== 0, (flags & isVirtual) !== 0) },
    ...{ es, cs, ss, ds, fs, gs, ldtr, tr, gdtr: tableAt(system, sregs.gdtr) },
    idtr: beside.isWithoutTable && idtr.base === 0n && idtr.limit === 0 ? undefined : idtr,
    ...{ cr0: low(sregs.cr0), cr2: quad(sregs.cr2), cr3: quad(sregs.cr3), cr4: low(sregs.cr4), efer: low(sregs.efer) },
    xcr0: all.parts.get('XCRS')?.getBigUint64(xcrs.value, true) ?? 1n,
    breakpoints: [0, 1, 2, 3].map((number) => debug.getBigUint64(debugRegs.dr0 + 8 * number, true)),
    ...{ dr6: debug.getUint32(debugRegs.dr6, true), dr7: debug.getUint32(debugRegs.dr7, true) },
    models: all.models.filter(({ number }) => numbers.has(number)),
    ...vectorsIn(part('XSAVE')),
    activity: beside.isDown ? 'shutdown' : (activities[state as keyof typeof activities] ?? 'active'),
    shadow: shadowIn(part('VCPU_EVENTS')),
    time: { ticks: now, ahead: BigInt.asUintN(64, counter - now), adjust: model(Model.adjust), seed },
    apic: backOf(part('VCPU_EVENTS'), apicIn(part('LAPIC'), quad(sregs.apicBase), { now, deadline })),
  };
};

const mpStates = {
  ...{ active: linuxKvm.mpState.runnable, halted: linuxKvm.mpState.halted, waiting: linuxKvm.mpState.initReceived },
  ...{ shutdown: linuxKvm.mpState.runnable, frozen: linuxKvm.mpState.runnable },
} as const satisfies Record<CpuState['activity'], number>;

export interface Ability {
  /** Whether vectors have upper halves. */
  readonly hasUpper: boolean;
  /** Model-specific registers that are something else's in the value, as far as the processor has them. */
  readonly others: readonly number[];
}

/** `was`: its parts before, of which stays what the value doesn't tell. */
export const partsOf = (state: CpuState, was: Parts, now: bigint, { hasUpper, others }: Ability): Parts => {
  const copy = (name: Part): DataView<ArrayBuffer> => new DataView(partOf(was, name).buffer.slice(0));
  const system = copy('SREGS');
  const put = (place: number, value: number | bigint): void => system.setBigUint64(place, BigInt(value), true);
  for (const name of segmentNames) putSegment(system, segmentPlaces[name], state[name]);
  // That of code, also where there is none to be used.
  system.setUint8(sregs.ss + linuxKvm.segment.dpl, (state.cr0 & isProtected) === 0 ? (state.ss.rights >> 5) & 3 : state.cpl);
  putTable(system, sregs.gdtr, state.gdtr);
  putTable(system, sregs.idtr, state.idtr ?? { base: 0n, limit: 0 });
  for (const name of ['cr0', 'cr2', 'cr3', 'cr4', 'efer'] as const) put(sregs[name], state[name]);
  put(sregs.apicBase, state.apic.base);
  put(sregs.cr8, (state.apic.registers[8] ?? 0) >> 4);
  // An interrupt that was on its way is in what the value tells of the local APIC.
  for (let at = sregs.bytes - 32; at < sregs.bytes; at += 8) put(at, 0);
  const lapic = copy('LAPIC');
  putApic(lapic, state.apic, now);
  const activity = new DataView(new ArrayBuffer(4));
  activity.setUint32(0, mpStates[state.activity], true);
  const wide = was.parts.has('XCRS') ? [['XCRS', wideOf(state.xcr0)] as const] : [];
  const otherValues: Readonly<Record<number, bigint>> = { [Model.adjust]: state.time.adjust, [Model.deadline]: state.apic.deadline };
  return {
    parts: new Map<Part, DataView<ArrayBuffer>>([
      ...[['MP_STATE', activity] as const, ['REGS', registersOf(state)] as const, ['SREGS', system] as const],
      ...[['XSAVE', areaOf(state, hasUpper)] as const, ...wide, ['DEBUGREGS', debugOf(state)] as const, ['LAPIC', lapic] as const],
      ['VCPU_EVENTS', eventsOf(state)] as const,
    ]),
    models: [...state.models, ...others.map((number) => ({ number, value: otherValues[number] ?? 0n }))],
  };
};

const registersOf = ({ general, rip, flags }: CpuState): DataView<ArrayBuffer> => {
  const view = new DataView(new ArrayBuffer(regs.bytes));
  for (const [number, bits] of general.entries()) view.setBigUint64(regs.general + 8 * (linuxKvm.generalOrder[number] ?? 0), bits, true);
  view.setBigUint64(regs.rip, rip, true);
  view.setBigUint64(regs.flags, BigInt(flags), true);
  return view;
};

const debugOf = ({ breakpoints, dr6, dr7 }: CpuState): DataView<ArrayBuffer> => {
  const view = new DataView(new ArrayBuffer(debugRegs.bytes));
  for (const [number, address] of breakpoints.entries()) view.setBigUint64(debugRegs.dr0 + 8 * number, address, true);
  view.setBigUint64(debugRegs.dr6, BigInt(dr6), true);
  view.setBigUint64(debugRegs.dr7, BigInt(dr7), true);
  return view;
};

const wideOf = (value: bigint): DataView<ArrayBuffer> => {
  const view = new DataView(new ArrayBuffer(xcrs.bytes));
  view.setUint32(xcrs.count, 1, true);
  view.setBigUint64(xcrs.value, value, true);
  return view;
};
