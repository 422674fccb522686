/** CR0 to CR8 and EFER: which values they take, and what follows. SDM Vol. 3A, 2.5, and Vol. 2B, MOV—Move to/from Control Registers. */
import { type FeatureName, Segment, SegmentPart, State, segmentPlace } from '../../isa/index.ts';
import { Vector } from '../fault.ts';
import { physicalBits } from '../memory/paging.ts';
import { Right } from '../segment/right.ts';
import { Cr0, Cr4, Efer } from './bits.ts';
import { require, SystemState } from './system-state.ts';
import type { Wires } from './wires.ts';

/** Task priority, which CR8 shows bits 4 to 7 of. */
export interface TaskPriority {
  taskPriority: number;
}

/** Bits of CR4 that are there with a feature. */
const featuresOfCr4 = {
  [Cr4.vme]: 'vme',
  [Cr4.pvi]: 'vme',
  [Cr4.tsd]: 'tsc',
  [Cr4.de]: 'de',
  [Cr4.pse]: 'pse',
  [Cr4.pae]: 'pae',
  [Cr4.mce]: 'mce',
  [Cr4.pge]: 'pge',
  [Cr4.osfxsr]: 'fxsr',
  [Cr4.osxmmexcpt]: 'sse',
  [Cr4.umip]: 'umip',
  [Cr4.la57]: 'la57',
  [Cr4.fsgsbase]: 'fsgsbase',
  [Cr4.pcide]: 'pcid',
  [Cr4.osxsave]: 'xsave',
  [Cr4.smep]: 'smep',
  [Cr4.smap]: 'smap',
} as const satisfies Record<number, FeatureName>;

const cr0Mask = BigInt(Object.values(Cr0).reduce((all, mask) => all | mask, 0) >>> 0);

/** Bits that may be set with these features; of EFER without LMA, which follows. */
export const controlMasks = (features: ReadonlySet<FeatureName>): { readonly cr0: bigint; readonly cr4: bigint; readonly efer: bigint } => {
  const cr4 = Object.entries(featuresOfCr4).filter(([, feature]) => features.has(feature));
  const has = (feature: FeatureName, mask: number): number => (features.has(feature) ? mask : 0);
  return {
    cr0: cr0Mask,
    cr4: BigInt(cr4.reduce((mask, [bit]) => mask | Number(bit), Cr4.pce)),
    efer: BigInt(has('syscall', Efer.sce) | has('lm', Efer.lme) | has('nx', Efer.nxe)),
  };
};

export class ControlRegisters {
  readonly #state: SystemState;
  readonly #wires: Wires;
  readonly #priority: TaskPriority;
  readonly #cr4Mask: bigint;
  readonly #eferMask: bigint;

  constructor(wires: Wires, priority: TaskPriority) {
    this.#state = new SystemState(wires.state);
    this.#wires = wires;
    this.#priority = priority;
    const { cr4, efer } = controlMasks(wires.features);
    this.#cr4Mask = cr4;
    this.#eferMask = efer;
  }

  read(number: number): bigint {
    const place = this.#placeOf(number);
    this.#state.requirePrivilege();
    return place === undefined ? BigInt(this.#priority.taskPriority >> 4) : this.#state.get(place);
  }

  write(number: number, value: bigint): void {
    const place = this.#placeOf(number);
    this.#state.requirePrivilege();
    if (place === undefined) {
      require(value < 16n);
      this.#priority.taskPriority = Number(value) << 4;
    } else if (place === State.cr0) this.#writeCr0(value);
    else if (place === State.cr3) this.#writeCr3(value);
    else if (place === State.cr4) this.#writeCr4(value);
    else this.#state.set(place, value);
  }

  /** LMSW: bits 0 to 3, of which PE can only be set. */
  writeStatusWord(value: bigint): void {
    this.#state.requirePrivilege();
    const old = this.#state.get(State.cr0);
    this.#writeCr0((old & ~0xen) | (value & 0xfn));
  }

  clearTaskSwitched(): void {
    this.#state.requirePrivilege();
    this.#state.set(State.cr0, this.#state.get(State.cr0) & ~BigInt(Cr0.ts));
  }

  get efer(): bigint {
    return this.#state.get(State.efer);
  }

  /** LMA follows from LME and paging, whatever is written: SDM Vol. 3A, 11.8.5. */
  set efer(value: bigint) {
    const state = this.#state;
    const changeable = value & ~BigInt(Efer.lma);
    require((changeable & ~this.#eferMask) === 0n);
    const old = state.get(State.efer);
    const changesMode = ((old ^ value) & BigInt(Efer.lme)) !== 0n;
    require(!(changesMode && state.has(State.cr0, Cr0.pg)));
    state.set(State.efer, changeable | (old & BigInt(Efer.lma)));
    this.#wires.flush();
  }

  /** CR8 has no place of its own. */
  #placeOf(number: number): number | undefined {
    if (number === 8 && this.#state.is64) return undefined;
    const place = places[number];
    require(place !== undefined, Vector.ud);
    return place;
  }

  #writeCr0(value: bigint): void {
    const state = this.#state;
    require(value >> 32n === 0n);
    const bits = Number(value) | 0;
    const has = (mask: number): boolean => (bits & mask) !== 0;
    require(!(has(Cr0.pg) && !has(Cr0.pe)) && !(has(Cr0.nw) && !has(Cr0.cd)));
    const wasPaging = state.has(State.cr0, Cr0.pg);
    const startsPaging = has(Cr0.pg) && !wasPaging;
    const stopsPaging = !has(Cr0.pg) && wasPaging;
    const cs = segmentPlace(Segment.cs) + SegmentPart.rights;
    const [isAsked, isExtended] = [state.has(State.efer, Efer.lme), state.has(State.cr4, Cr4.pae)];
    if (startsPaging && isAsked) require(isExtended && !state.has(cs, Right.long) && !this.#hasShortTask);
    if (stopsPaging) require(!state.is64 && !state.has(State.cr4, Cr4.pcide));
    if (has(Cr0.pg) && !isAsked && isExtended) this.#requirePointers(state.get(State.cr3));
    state.set(State.cr0, (value & cr0Mask) | BigInt(Cr0.et));
    if (startsPaging || stopsPaging) {
      const rest = state.get(State.efer) & ~BigInt(Efer.lma);
      state.set(State.efer, rest | (startsPaging && isAsked ? BigInt(Efer.lma) : 0n));
    }
    // Without paging before and after, all is where it was: firmware goes to protected mode and back for each sector.
    if (has(Cr0.pg) || wasPaging) this.#wires.flush();
    else this.#wires.reconsider();
  }

  /** Bit 63 asks to keep translations of a PCID: none is kept longer than its PCID is in use. */
  #writeCr3(value: bigint): void {
    const state = this.#state;
    const keeps = state.has(State.cr4, Cr4.pcide) ? 1n << 63n : 0n;
    const wanted = value & ~keeps;
    if (state.isLong) require(wanted >> BigInt(physicalBits) === 0n);
    else if (state.has(State.cr0, Cr0.pg) && state.has(State.cr4, Cr4.pae)) this.#requirePointers(wanted);
    state.set(State.cr3, wanted);
    this.#wires.flushLocal();
    this.#wires.enterSpace(wanted !== value);
  }

  #writeCr4(value: bigint): void {
    const state = this.#state;
    require((value & ~this.#cr4Mask) === 0n);
    const bits = Number(value);
    const has = (mask: number): boolean => (bits & mask) !== 0;
    const changes = (mask: number): boolean => ((bits ^ state.low(State.cr4)) & mask) !== 0;
    if (state.isLong) require(has(Cr4.pae) && !changes(Cr4.la57));
    if (has(Cr4.pcide) && changes(Cr4.pcide)) require(state.isLong && (state.get(State.cr3) & 0xfffn) === 0n);
    const isExtended = state.has(State.cr0, Cr0.pg) && !state.isLong && has(Cr4.pae);
    if (isExtended && changes(Cr4.pae | Cr4.pge | Cr4.pse | Cr4.smep)) this.#requirePointers(state.get(State.cr3));
    state.set(State.cr4, value);
    this.#wires.flush();
  }

  /** The task register's task is one of a 286, which has no stacks for long mode: SDM Vol. 3A, 11.8.5.4. */
  get #hasShortTask(): boolean {
    const busyShortTask = 3;
    return (this.#state.low(State.tr + SegmentPart.rights) & 0xf) === busyShortTask;
  }

  /** Reserved bits in one of PAE's four pointers are #GP when they are loaded: SDM Vol. 3A, 5.4.1. */
  #requirePointers(cr3: bigint): void {
    const at = Number(cr3 & 0xffff_ffe0n);
    const reserved = 0x1e6n | (((1n << 64n) - 1n) & ~((1n << BigInt(physicalBits)) - 1n));
    for (let index = 0; index < 4; index++) {
      const pointer = this.#wires.physical.read64(at + 8 * index);
      require((pointer & 1n) === 0n || (pointer & reserved) === 0n);
    }
  }
}

const places: Readonly<Record<number, number>> = { 0: State.cr0, 2: State.cr2, 3: State.cr3, 4: State.cr4 };
