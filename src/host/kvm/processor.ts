/** A processor of one of the kernel's machines: it runs, and its state comes and goes as the kernel lays it out. */
import { closeSync } from 'node:fs';
import { linuxKvm } from '../../abi/index.ts';
import { type CpuidRow, tableOf } from './cpuid.ts';
import { addressOf, attempt, control, refused } from './ioctl.ffi.ts';
import { type Mapping, mapShared } from './mapping.ffi.ts';

/** Parts of the state that have a size of their own. */
const sizes = {
  ...{ REGS: linuxKvm.regs.bytes, SREGS: linuxKvm.sregs.bytes, DEBUGREGS: linuxKvm.debugRegs.bytes, XCRS: linuxKvm.xcrs.bytes },
  ...{ XSAVE: linuxKvm.xsaveBytes, LAPIC: linuxKvm.lapicBytes, VCPU_EVENTS: linuxKvm.events.bytes, MP_STATE: 4 },
} as const;
export type Part = keyof typeof sizes;

/** No descriptor. */
const gone = -1;
const Errno = { interrupted: -4, again: -11 } as const;

export class KvmProcessor implements Disposable {
  /** Its descriptor, which another file may have once this is disposed of. */
  #file: number;
  #mapping: Mapping | undefined;

  /** `file` is its own from now on. */
  constructor(file: number, runBytes: number) {
    this.#file = file;
    this.#mapping = mapShared(file, runBytes);
  }

  /** struct kvm_run. Nobody may keep it beyond this: then it is no memory any more. */
  get run(): DataView<ArrayBuffer> {
    if (this.#mapping === undefined) throw new Error('a processor that is gone is touched');
    return this.#mapping.view;
  }

  /** Runs guest code until it has to be asked why it doesn't go on: `run`, `exitReason`. */
  enter(): number {
    const result = attempt(this.#file, 'RUN');
    // One that waits to be started comes back by the second.
    if (result === Errno.interrupted || result === Errno.again) return linuxKvm.exitReason.interrupted;
    if (result < 0) throw refused('RUN', result);
    return this.run.getUint32(linuxKvm.runAt.exitReason, true);
  }

  /** Finishes the instruction that it came back for, and runs nothing else: why it comes back now, which is `interrupted` where all is done. */
  finish(): number {
    this.run.setUint8(linuxKvm.runAt.immediateExit, 1);
    const why = this.enter();
    this.run.setUint8(linuxKvm.runAt.immediateExit, 0);
    return why;
  }

  get(part: Part): DataView<ArrayBuffer> {
    const state = new DataView(new ArrayBuffer(sizes[part]));
    control(this.#file, `GET_${part}`, state);
    return state;
  }

  set(part: Part, state: DataView<ArrayBuffer>): void {
    control(this.#file, `SET_${part}`, state);
  }

  /** What CPUID tells; before it runs. */
  identify(rows: readonly CpuidRow[]): void {
    control(this.#file, 'SET_CPUID2', tableOf(rows));
  }

  /** Values of model-specific registers, in the order of their numbers. Throws a RangeError that names the first one it hasn't. */
  models(numbers: readonly number[]): readonly bigint[] {
    const { head, entry, value } = linuxKvm.msrs;
    const asked = modelsOf(numbers.map((number) => ({ number, value: 0n })));
    const done = control(this.#file, 'GET_MSRS', asked);
    if (done < numbers.length) throw new RangeError(`this kernel’s processors have no model-specific register ${hex(numbers[done])}`);
    return numbers.map((_, index) => asked.getBigUint64(head + entry * index + value, true));
  }

  /** Throws a RangeError that names the first one that it doesn't take. */
  setModels(all: readonly { readonly number: number; readonly value: bigint }[]): void {
    const done = control(this.#file, 'SET_MSRS', modelsOf(all));
    if (done < all.length) throw new RangeError(`model-specific register ${hex(all[done]?.number)} can’t be ${hex(all[done]?.value)}`);
  }

  /** Ticks of its time-stamp counter in a second, by thousands. */
  get tscKhz(): number {
    return control(this.#file, 'GET_TSC_KHZ');
  }

  /** Whether it ticks so from now on: not every host can slow it down. */
  setTscKhz(thousands: number): boolean {
    return attempt(this.#file, 'SET_TSC_KHZ', thousands) === 0;
  }

  /** By how much its time-stamp counter is ahead of the host's, which may go at another rate; undefined where the kernel doesn't tell: linux before 5.16. */
  get tscOffset(): bigint | undefined {
    const value = new DataView(new ArrayBuffer(8));
    return attempt(this.#file, 'GET_DEVICE_ATTR', attributeOf(value)) === 0 ? value.getBigUint64(0, true) : undefined;
  }

  setTscOffset(offset: bigint): void {
    const value = new DataView(new ArrayBuffer(8));
    value.setBigUint64(0, BigInt.asUintN(64, offset), true);
    control(this.#file, 'SET_DEVICE_ATTR', attributeOf(value));
  }

  /** Has an interrupt taken whose vector an 8259 told. */
  interrupt(vector: number): void {
    const argument = new DataView(new ArrayBuffer(4));
    argument.setUint32(0, vector, true);
    control(this.#file, 'INTERRUPT', argument);
  }

  nonMaskable(): void {
    control(this.#file, 'NMI');
  }

  /** Signals that don't come while it runs; all others have it come back. A bit for each, the lowest is signal 1. */
  block(signals: bigint): void {
    const at = linuxKvm.signalMask;
    const mask = new DataView(new ArrayBuffer(at.bytes));
    mask.setUint32(at.length, 8, true);
    mask.setBigUint64(at.mask, signals, true);
    control(this.#file, 'SET_SIGNAL_MASK', mask);
  }

  [Symbol.dispose](): void {
    if (this.#mapping === undefined) return;
    this.#mapping[Symbol.dispose]();
    this.#mapping = undefined;
    closeSync(this.#file);
    this.#file = gone;
  }
}

const modelsOf = (all: readonly { readonly number: number; readonly value: bigint }[]): DataView<ArrayBuffer> => {
  const { head, entry, number: at, value: valueAt } = linuxKvm.msrs;
  const list = new DataView(new ArrayBuffer(head + entry * all.length));
  list.setUint32(0, all.length, true);
  for (const [index, { number, value }] of all.entries()) {
    list.setUint32(head + entry * index + at, number, true);
    list.setBigUint64(head + entry * index + valueAt, value, true);
  }
  return list;
};

/** KVM_VCPU_TSC_CTRL has group 0, KVM_VCPU_TSC_OFFSET number 0. */
const attributeOf = (value: DataView<ArrayBuffer>): DataView<ArrayBuffer> => {
  const at = linuxKvm.deviceAttr;
  const attribute = new DataView(new ArrayBuffer(at.bytes));
  attribute.setBigUint64(at.address, addressOf(value), true);
  return attribute;
};

const hex = (value: number | bigint | undefined): string => `0x${(value ?? 0).toString(16)}`;
