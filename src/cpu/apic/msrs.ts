/** The local APIC's model-specific registers: its base, its deadline and, in x2APIC mode, all of them. SDM Vol. 3A, 12.4.4, 12.5.4.1 and 12.12. */
import { type FeatureName, State } from '../../isa/index.ts';
import type { Msr } from '../control/msr.ts';
import { require } from '../control/system-state.ts';
import { physicalBits } from '../memory/paging.ts';
import { commandBits, readRegister, sendCommand, writableBits, writeRegister } from './access.ts';
import { ApicBase, type LocalApic } from './local-apic.ts';
import { Register } from './registers.ts';

const [baseNumber, deadlineNumber, first, last] = [0x1b, 0x6e0, 0x800, 0x83f];

/** The register of a number, as far as there is one in the present mode. */
export const apicMsr = (
  apic: LocalApic,
  view: DataView,
  features: ReadonlySet<FeatureName>,
  flush: () => void,
): ((number: number) => Msr | undefined) => {
  const base: Msr = {
    read: () => apic.base,
    write: (value) => {
      require(isBase(apic.base, value, features.has('x2apic')));
      // What is disabled forgets all; from x2APIC mode there is no other way back.
      if ((value & ApicBase.enabled) === 0n) apic.reset();
      view.setBigUint64(State.apicBase, value, true);
      apic.rewire();
      flush();
    },
  };
  const deadline: Msr = { read: () => apic.timer.deadline, write: (value) => (apic.timer.deadline = value) };
  return (number) => {
    if (number === baseNumber) return features.has('apic') ? base : undefined;
    if (number === deadlineNumber) return features.has('tsc_deadline_timer') ? deadline : undefined;
    return number >= first && number <= last && apic.isX2 ? registerOf(apic, number - first) : undefined;
  };
};

/** Which changes of IA32_APIC_BASE there are: figure 12-27. */
const isBase = (old: bigint, value: bigint, hasX2: boolean): boolean => {
  const known = ApicBase.bootstrap | ApicBase.enabled | (hasX2 ? ApicBase.x2 : 0n) | (((1n << BigInt(physicalBits)) - 1n) & ~0xfffn);
  return (value & ~known) === 0n && changes.has(`${modeOf(old)} ${modeOf(value)}`);
};

/** Whether it is in one of the modes there are. */
export const isBaseMode = (base: bigint): boolean => modeOf(base) !== 'none';

const modeOf = (base: bigint): 'off' | 'on' | 'x2' | 'none' => {
  const isOn = (base & ApicBase.enabled) !== 0n;
  if ((base & ApicBase.x2) !== 0n) return isOn ? 'x2' : 'none';
  return isOn ? 'on' : 'off';
};

const changes: ReadonlySet<string> = new Set(['off off', 'off on', 'on on', 'on off', 'on x2', 'x2 x2', 'x2 off']);

/** Registers that can't be read or written are no registers for it. */
const registerOf = (apic: LocalApic, register: number): Msr | undefined => {
  if (register === Register.icrLow) return command(apic);
  const bits = writableBits[register];
  const isThere = readRegister(apic, register) !== undefined;
  if (bits === undefined && !isThere) return undefined;
  const read = (): bigint => {
    const value = readRegister(apic, register);
    require(value !== undefined);
    return BigInt((value ?? 0) >>> 0);
  };
  if (bits === undefined) return { read };
  return {
    read,
    write: (value) => {
      require((value & ~BigInt(bits >>> 0)) === 0n);
      writeRegister(apic, register, Number(value));
    },
  };
};

/** Both halves at once. */
const command = (apic: LocalApic): Msr => ({
  read: () => (BigInt(apic.state.get(Register.icrHigh)) << 32n) | BigInt(apic.state.get(Register.icrLow)),
  write: (value) => {
    const low = Number(value & 0xffff_ffffn);
    require((low & ~commandBits) === 0);
    const destination = Number(value >> 32n);
    apic.state.set(Register.icrHigh, destination);
    sendCommand(apic, low, destination);
  },
});
