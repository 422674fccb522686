/** Registers of the local APIC as programs read and write them, by either of two ways: SDM Vol. 3A, 12.4.1 and 12.12.1. */
import { type LocalApic, logicalId, lvtBits } from './local-apic.ts';
import { commandOf } from './message.ts';
import { Lvt, Register, Svr } from './registers.ts';

/** 0x14, with six entries in the local vector table. */
const version = 0x0005_0014;

/** What a register reads as; undefined where there is none. ID and command are shown differently by the two. */
export const readRegister = (apic: LocalApic, register: number): number | undefined => {
  const { state } = apic;
  apic.settle();
  const id = state.get(Register.id);
  switch (register) {
    case Register.id:
      return apic.isX2 ? id : (id << 24) >>> 0;
    case Register.version:
      return version;
    case Register.ppr:
      return apic.processorPriority;
    case Register.ldr:
      return apic.isX2 ? logicalId(id) : state.get(Register.ldr);
    case Register.currentCount:
      return apic.timer.currentCount;
    case Register.eoi:
      // In memory, whoever writes less than all of a place reads the rest.
      return apic.isX2 ? undefined : 0;
    case Register.dfr:
    case Register.icrHigh:
      return apic.isX2 ? undefined : state.get(register);
    default:
      return isKept(register) ? state.get(register) : undefined;
  }
};

/** Whether it was done: there is no such register, or it can't be written. */
export const writeRegister = (apic: LocalApic, register: number, value: number): boolean => {
  const { state, isX2 } = apic;
  switch (register) {
    case Register.tpr:
      apic.taskPriority = value;
      return true;
    case Register.eoi:
      apic.endOfInterrupt();
      return true;
    case Register.svr:
      apic.spurious = value;
      return true;
    case Register.esr:
      state.set(Register.esr, state.errors);
      state.errors = 0;
      return true;
    case Register.initialCount:
      apic.timer.start(value);
      return true;
    case Register.divide:
      apic.timer.divide(value);
      return true;
    default:
      if (lvtBits[register] === undefined) return isX2 ? writeX2(apic, register, value) : writeOld(apic, register, value);
      apic.setLvt(register, value);
      return true;
  }
};

/** What only the page has. */
const writeOld = (apic: LocalApic, register: number, value: number): boolean => {
  const { state } = apic;
  switch (register) {
    case Register.id:
      state.set(Register.id, value >>> 24);
      return true;
    case Register.ldr:
      state.set(Register.ldr, value & 0xff00_0000);
      return true;
    case Register.dfr:
      state.set(Register.dfr, value | 0x0fff_ffff);
      return true;
    case Register.icrHigh:
      state.set(Register.icrHigh, value & 0xff00_0000);
      return true;
    case Register.icrLow:
      sendCommand(apic, value, state.get(Register.icrHigh) >>> 24);
      return true;
    default:
      return false;
  }
};

/** What only the MSRs have. */
const writeX2 = (apic: LocalApic, register: number, value: number): boolean => {
  if (register !== Register.selfIpi) return false;
  sendSelf(apic, value & 0xff);
  return true;
};

/** Writing the low half sends it; it is sent at once. */
export const sendCommand = (apic: LocalApic, low: number, destination: number): void => {
  apic.state.set(Register.icrLow, low & commandBits);
  apic.send(commandOf(low, destination));
};

const sendSelf = (apic: LocalApic, vector: number): void => apic.send(commandOf(vector | (1 << 18), 0));

/** Of its low half; delivery is never under way. */
export const commandBits = 0xc_cfff;

const kept: ReadonlySet<number> = new Set([
  ...[Register.tpr, Register.svr, Register.esr, Register.icrLow, Register.initialCount, Register.divide],
  ...Object.keys(lvtBits).map(Number),
]);

/** Whether a register has bits of its own, which may be other than zeros. */
export const apicKeeps = (register: number): boolean =>
  isKept(register) || [Register.id, Register.ldr, Register.dfr, Register.icrHigh].some((one) => one === register);

const isKept = (register: number): boolean => kept.has(register) || (register >= Register.isr && register < Register.esr);

/** Bits that each register takes as an MSR, where others are #GP; those that aren't here can't be written. 12.12.1.3. Those of a local vector table's entry that can only be read are no reserved ones: Linux writes them when it switches off. */
export const writableBits: Readonly<Record<number, number>> = {
  [Register.tpr]: 0xff,
  [Register.eoi]: 0,
  [Register.svr]: Svr.writable,
  [Register.esr]: 0,
  [Register.initialCount]: 0xffff_ffff,
  [Register.divide]: 0xb,
  [Register.selfIpi]: 0xff,
  ...Object.fromEntries(Object.entries(lvtBits).map(([lvt, bits]) => [lvt, bits | Lvt.status | Lvt.remoteIrr])),
};
