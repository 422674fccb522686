/** A processor's state as the kernel has it: its parts, which are read and written in an order that matters. linux Documentation/virt/kvm/api.rst. */
import type { KvmProcessor, Part } from '../../host/kvm/index.ts';

export interface Parts {
  readonly parts: ReadonlyMap<Part, DataView<ArrayBuffer>>;
  readonly models: readonly { readonly number: number; readonly value: bigint }[];
}

/** Whether it halts comes first, for what waits in the local APIC is taken by that. */
const readFirst: readonly Part[] = ['MP_STATE', 'REGS', 'SREGS', 'XSAVE', 'XCRS', 'DEBUGREGS', 'LAPIC'];
/** The local APIC goes behind what says where it is; and a processor that is as after a reset is thought to run. */
const writtenFirst: readonly Part[] = ['REGS', 'SREGS', 'MP_STATE', 'XSAVE', 'XCRS', 'DEBUGREGS', 'LAPIC'];
/** Registers that are set forget what is under way. */
const last: readonly Part[] = ['VCPU_EVENTS'];

/** `hasXcrs`: whether it has XCR0. */
export const readParts = (processor: KvmProcessor, hasXcrs: boolean, numbers: readonly number[]): Parts => {
  const parts = new Map<Part, DataView<ArrayBuffer>>();
  const read = (names: readonly Part[]): void => {
    for (const name of names) if (hasXcrs || name !== 'XCRS') parts.set(name, processor.get(name));
  };
  read(readFirst);
  const values = processor.models(numbers);
  read(last);
  return { parts, models: numbers.map((number, index) => ({ number, value: values[index] ?? 0n })) };
};

/** Throws as the kernel refuses; then it is neither what it was nor that. */
export const writeParts = (processor: KvmProcessor, { parts, models }: Parts): void => {
  const write = (names: readonly Part[]): void => {
    for (const name of names) {
      const part = parts.get(name);
      if (part !== undefined) processor.set(name, part);
    }
  };
  write(writtenFirst);
  processor.setModels(models);
  write(last);
};

/** Throws where that can't be, for all are read. */
export const partOf = ({ parts }: Parts, name: Part): DataView<ArrayBuffer> => {
  const part = parts.get(name);
  if (part === undefined) throw new Error(`${name} was not read`);
  return part;
};
