/** What is held back or under way between two instructions: struct kvm_vcpu_events, and what of it the value has in other places. */
import { linuxKvm } from '../../abi/index.ts';
import type { CpuState } from '../../machine/index.ts';

const { events, eventFlag, shadow } = linuxKvm;

/** An INIT is taken when it is asked whether one waits. */
export const shadowIn = (view: DataView): CpuState['shadow'] => {
  const byte = (place: number): number => view.getUint8(place);
  return {
    sti: (byte(events.interruptShadow) & shadow.sti) !== 0,
    stack: (byte(events.interruptShadow) & shadow.stack) !== 0,
    // One that was about to be taken waits as before.
    nmi: byte(events.nmiMasked) !== 0 && byte(events.nmiInjected) === 0,
    nmiWaits: byte(events.nmiPending) !== 0 || byte(events.nmiInjected) !== 0,
    initWaits: false,
  };
};

/** The vector of an interrupt that was accepted and not yet taken, for something came between; undefined where there is none, as of INT n, which begins anew. */
export const interruptIn = (view: DataView): number | undefined =>
  view.getUint8(events.interruptInjected) !== 0 && view.getUint8(events.interruptSoft) === 0
    ? view.getUint8(events.interruptVector)
    : undefined;

const Sets = { service: 0x10, request: 0x20 } as const;

/** Whether that came from the local APIC, and not from an 8259. */
export const isOfApic = (vector: number, { registers }: CpuState['apic']): boolean =>
  (((registers[Sets.service + (vector >> 5)] ?? 0) >>> (vector & 31)) & 1) === 1;

/** With an interrupt that was accepted and not yet taken back where it was before. An exception that was about to be taken is raised again by its instruction. */
export const backOf = (view: DataView, apic: CpuState['apic']): CpuState['apic'] => {
  const vector = interruptIn(view);
  if (vector === undefined || !isOfApic(vector, apic)) return apic;
  const bit = 1 << (vector & 31);
  const word = vector >> 5;
  const registers = apic.registers.map((bits, register) => {
    if (register === Sets.service + word) return (bits & ~bit) >>> 0;
    return register === Sets.request + word ? (bits | bit) >>> 0 : bits;
  });
  return { ...apic, registers };
};

export const eventsOf = ({ shadow: held }: CpuState): DataView<ArrayBuffer> => {
  const view = new DataView(new ArrayBuffer(events.bytes));
  view.setUint8(events.interruptShadow, (held.sti ? shadow.sti : 0) | (held.stack ? shadow.stack : 0));
  view.setUint8(events.nmiMasked, held.nmi ? 1 : 0);
  view.setUint8(events.nmiPending, held.nmiWaits ? 1 : 0);
  view.setUint32(events.flags, eventFlag.nmiPending | eventFlag.shadow, true);
  return view;
};
