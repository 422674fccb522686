/** Model-specific registers: SDM Vol. 4, tables 2-2 and following. One that isn't in the table is #GP, and so are bits that are reserved. */
import { type FeatureName, Segment, SegmentPart, State, segmentPlace } from '../../isa/index.ts';
import type { Monitor, MonitorModel } from '../../machine/index.ts';
import { memoryTypes } from './memory-types.ts';
import { require, SystemState } from './system-state.ts';
import type { TimeStamp } from './time-stamp.ts';
import type { Wires } from './wires.ts';

export interface Msr {
  read(): bigint;
  /** Throws #GP where the value may not be; without it every write is #GP. */
  write?(value: bigint): void;
}

/** Registers that others have. */
export interface Neighbours {
  readonly efer: { efer: bigint };
  readonly time: TimeStamp;
  /** By their numbers, as far as they are there now: the local APIC's. */
  readonly apic: (number: number) => Msr | undefined;
  readonly monitor: Monitor | undefined;
}

/** IA32_MISC_ENABLE: fast strings; no branch trace store, no PEBS. MONITOR and the limit of CPUID may be asked for, and change nothing. */
const misc = { initial: 0x1801n, writable: 0x44_0001n } as const;

/**
 * IA32_ARCH_CAPABILITIES: nothing is done ahead of what was decided, so nobody need be protected from what that would leave behind. Of RDCL_NO,
 * SKIP_L1DFL_VMENTRY, SSB_NO, MDS_NO, IF_PSCHANGE_MC_NO, TAA_NO, SBDR_SSDP_NO, FBSDP_NO, PSDP_NO, BHI_NO, PBRSB_NO, GDS_NO, RFDS_NO. Without the first, Linux
 * changes page tables twice in each system call.
 */
const arch = [0, 3, 4, 5, 6, 8, 13, 14, 15, 20, 24, 26, 27].reduce((bits, bit) => bits | (1n << BigInt(bit)), 0n);

export class Msrs {
  readonly #state: SystemState;
  readonly #table: ReadonlyMap<number, Msr>;
  readonly #apic: Neighbours['apic'];
  readonly #monitor: Monitor | undefined;

  constructor({ state, features }: Wires, neighbours: Neighbours) {
    this.#state = new SystemState(state);
    this.#apic = neighbours.apic;
    this.#monitor = neighbours.monitor;
    const types = features.has('mtrr') ? memoryTypes(this.#state) : [];
    this.#table = new Map([...present([...keptRows(this.#state), ...otherRows(this.#state, neighbours)], features), ...types]);
  }

  reset(): void {
    this.#state.set(State.miscEnable, misc.initial);
  }

  read(number: number): bigint {
    return this.#find(number).read();
  }

  write(number: number, value: bigint): void {
    const msr = this.#find(number);
    require(msr.write !== undefined);
    msr.write?.(value);
  }

  #find(number: number): Msr {
    this.#state.requirePrivilege();
    const msr = this.#table.get(number) ?? this.#apic(number) ?? ofMonitor(this.#monitor?.model(number)) ?? none;
    require(msr !== none);
    return msr;
  }
}

const none: Msr = { read: () => 0n };

const ofMonitor = (model: MonitorModel | undefined): Msr | undefined =>
  model && { read: () => model.read(), write: (value) => require(model.write?.(value) === true) };

type Row = readonly [number: number, msr: Msr, feature?: FeatureName];

const present = (rows: readonly Row[], features: ReadonlySet<FeatureName>): readonly (readonly [number, Msr])[] =>
  rows.filter(([, , feature]) => feature === undefined || features.has(feature)).map(([number, msr]) => [number, msr]);

/** Those that are there for what was written to them, by ascending numbers. */
export const keptModels = (state: SystemState, features: ReadonlySet<FeatureName>): ReadonlyMap<number, Msr> => {
  const types = features.has('mtrr') ? memoryTypes(state).filter(([, { write }]) => write !== undefined) : [];
  return new Map([...present(keptRows(state), features), ...types].toSorted(([one], [other]) => one - other));
};

const checkedIn =
  (state: SystemState) =>
  (place: number, check: (value: bigint) => boolean): Msr => ({
    read: () => state.get(place),
    write: (value) => {
      require(check(value));
      state.set(place, value);
    },
  });

const keptRows = (state: SystemState): readonly Row[] => {
  const checked = checkedIn(state);
  const whole = (place: number): Msr => checked(place, () => true);
  const address = (place: number): Msr => checked(place, (value) => state.isCanonicalWhenKept(value));
  const short = (place: number): Msr => checked(place, (value) => value >> 32n === 0n);
  return [
    [0x174, whole(State.sysenterCs), 'sep'],
    [0x175, address(State.sysenterEsp), 'sep'],
    [0x176, address(State.sysenterEip), 'sep'],
    [0x17a, checked(State.mcgStatus, (value) => value < 8n), 'mca'],
    [0x1a0, checked(State.miscEnable, (value) => ((value ^ misc.initial) & ~misc.writable) === 0n)],
    [0xc000_0081, whole(State.star), 'syscall'],
    [0xc000_0082, address(State.lstar), 'syscall'],
    [0xc000_0083, address(State.cstar), 'syscall'],
    [0xc000_0084, short(State.fmask), 'syscall'],
    [0xc000_0102, address(State.kernelGsBase), 'lm'],
    [0xc000_0103, short(State.tscAux), 'rdtscp'],
  ];
};

/** Fixed ones, and those that are something else's. */
const otherRows = (state: SystemState, { efer, time }: Neighbours): readonly Row[] => {
  const address = (place: number): Msr => checkedIn(state)(place, (value) => state.isCanonicalWhenKept(value));
  const baseOf = (segment: Segment): number => segmentPlace(segment) + SegmentPart.base;
  return [
    [0x10, { read: () => time.counter, write: (value) => time.set(value) }, 'tsc'],
    [0x17, fixed(0n)],
    // Locked, with nothing enabled.
    [0x3a, fixed(1n)],
    [0x3b, { read: () => state.get(State.tscAdjust), write: (value) => time.adjust(value) }, 'tsc_adjust'],
    // No update of microcode is loaded; writing 0 before asking is how to ask.
    [0x8b, { read: () => 0n, write: (value) => require(value === 0n) }],
    [0x10a, fixed(arch)],
    // There is no bank of machine checks.
    [0x179, fixed(0n), 'mca'],
    // No part of the extended state is the supervisor's.
    [0xda0, { read: () => 0n, write: (value) => require(value === 0n) }, 'xsaves'],
    // No branch is recorded, and none trapped.
    [0x1d9, { read: () => 0n, write: (value) => require(value === 0n) }],
    [0xc000_0080, { read: () => efer.efer, write: (value) => (efer.efer = value) }],
    [0xc000_0100, address(baseOf(Segment.fs)), 'lm'],
    [0xc000_0101, address(baseOf(Segment.gs)), 'lm'],
  ];
};

const fixed = (value: bigint): Msr => ({ read: () => value });
