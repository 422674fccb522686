/** A processor's state in memory as the value that a snapshot holds: machine/cpu-state.ts. */
import { type FeatureName, readFlags, Segment, Shadow, State, segmentPlace } from '../../isa/index.ts';
import { type CpuState, cpuStateVersion, type SegmentState, type TableState } from '../../machine/index.ts';
import { ApicState } from '../apic/index.ts';
import { noTable } from '../code/mode.ts';
import { keptModels } from '../control/msr.ts';
import { SystemState } from '../control/system-state.ts';

/** By their numbers: `Activity`. */
export const activities = ['active', 'halted', 'shutdown', 'waiting', 'frozen'] as const satisfies readonly CpuState['activity'][];
/** The masks of `Shadow`, by their names in the value. */
export const shadows = {
  sti: Shadow.sti,
  stack: Shadow.stack,
  nmi: Shadow.nmi,
  nmiWaits: Shadow.waiting,
  initWaits: Shadow.init,
} as const satisfies Record<keyof CpuState['shadow'], number>;
export const apicRegisters = 64;

/** Between two instructions, as far as programs can tell. */
export const saved = (view: DataView, features: ReadonlySet<FeatureName>): CpuState => {
  const state = new SystemState(view);
  const apic = new ApicState(view);
  const segment = (place: number): SegmentState => state.loaded(place);
  const table = (place: number): TableState => state.table(place);
  const u32 = (place: number): number => view.getUint32(place, true);
  const shadow = u32(State.shadow);
  return {
    version: cpuStateVersion,
    general: numbered(16, (number) => state.general(number)),
    rip: state.rip,
    flags: readFlags(view) >>> 0,
    cpl: state.cpl,
    ...{ es: segment(segmentPlace(Segment.es)), cs: segment(segmentPlace(Segment.cs)), ss: segment(segmentPlace(Segment.ss)) },
    ...{ ds: segment(segmentPlace(Segment.ds)), fs: segment(segmentPlace(Segment.fs)), gs: segment(segmentPlace(Segment.gs)) },
    ...{ ldtr: segment(State.ldtr), tr: segment(State.tr), gdtr: table(State.gdtr) },
    idtr: u32(State.idtr + 8) === noTable ? undefined : table(State.idtr),
    ...{ cr0: u32(State.cr0), cr2: state.get(State.cr2), cr3: state.get(State.cr3), cr4: u32(State.cr4) },
    ...{ efer: u32(State.efer), xcr0: state.get(State.xcr0) },
    breakpoints: numbered(4, (number) => state.get(State.dr0 + 8 * number)),
    ...{ dr6: u32(State.dr6), dr7: u32(State.dr7) },
    models: [...keptModels(state, features)].map(([number, msr]) => ({ number, value: msr.read() })),
    vectors: numbered(16, (number) => bitsAt(view, State.vectors + 64 * number, 32)),
    mxcsr: u32(State.mxcsr),
    x87: {
      control: view.getUint16(State.x87Control, true),
      status: view.getUint16(State.x87Status, true),
      full: view.getUint8(State.x87Full),
      registers: numbered(8, (number) => bitsAt(view, State.x87 + 16 * number, 10)),
      opcode: view.getUint16(State.x87Opcode, true),
      codeSegment: view.getUint16(State.x87CodeSegment, true),
      dataSegment: view.getUint16(State.x87DataSegment, true),
      code: state.get(State.x87Code),
      data: state.get(State.x87Data),
      ignored: view.getUint8(State.x87Ignored) !== 0,
    },
    activity: activities[u32(State.activity)] ?? 'active',
    shadow: {
      sti: (shadow & shadows.sti) !== 0,
      stack: (shadow & shadows.stack) !== 0,
      nmi: (shadow & shadows.nmi) !== 0,
      nmiWaits: (shadow & shadows.nmiWaits) !== 0,
      initWaits: (shadow & shadows.initWaits) !== 0,
    },
    time: {
      ticks: state.get(State.ticks),
      ahead: state.get(State.tscOffset),
      adjust: state.get(State.tscAdjust),
      seed: state.get(State.seed),
    },
    apic: {
      base: state.get(State.apicBase),
      registers: numbered(apicRegisters, (register) => apic.get(register)),
      errors: apic.errors,
      expiry: apic.expiry,
      deadline: apic.deadline,
    },
  };
};

const numbered = <Item>(count: number, itemOf: (number: number) => Item): Item[] =>
  Array.from({ length: count }, (_, number) => itemOf(number));

/** Little endian. */
const bitsAt = (view: DataView, place: number, bytes: number): bigint =>
  numbered(bytes, (at) => view.getUint8(place + at)).reduceRight((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
