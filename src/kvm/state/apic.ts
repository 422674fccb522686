/** The local APIC between the value and the kernel's page of it: SDM Vol. 3A, table 12-1. A tick of its timer is a nanosecond in both. */
import type { CpuState } from '../../machine/index.ts';

/** By their numbers, by 16 their places. */
const Register = {
  ...{ id: 0x02, version: 0x03, ppr: 0x0a, ldr: 0x0d, dfr: 0x0e, svr: 0x0f, icrLow: 0x30 },
  ...{ timer: 0x32, initialCount: 0x38, currentCount: 0x39, divide: 0x3e },
} as const;
const isX2 = 1n << 10n;
const TimerMode = { mask: 3 << 17, deadline: 2 << 17 } as const;
/** Bits that programs can set, of those that have others here: a kernel's local APIC can be told not to pass on ends of interrupts, and knows a command that is under way. */
const kept: Readonly<Record<number, number>> = { [Register.svr]: 0x1ff, [Register.icrLow]: 0xc_cfff };
/** What the value has no place for: they are told otherwise, or follow from others. */
const told: readonly number[] = [Register.version, Register.ppr, Register.currentCount];

export interface ApicTime {
  /** The processor's own, in nanoseconds. */
  readonly now: bigint;
  /** IA32_TSC_DEADLINE; 0 where none is awaited. */
  readonly deadline: bigint;
}

export const apicIn = (page: DataView, base: bigint, { now, deadline }: ApicTime): CpuState['apic'] => {
  const at = (register: number): number => page.getUint32(16 * register, true);
  const wide = (base & isX2) !== 0n;
  const registers = Array.from({ length: 64 }, (_, register) => {
    if (told.includes(register)) return 0;
    if (register === Register.id) return wide ? at(register) : at(register) >>> 24;
    // It follows from the identifier.
    if (register === Register.ldr && wide) return 0;
    if (register === Register.dfr && wide) return 0xffff_ffff;
    return (at(register) & (kept[register] ?? 0xffff_ffff)) >>> 0;
  });
  const left = timeLeft(page);
  return { base, registers, errors: 0, expiry: left === undefined ? 0n : now + left, deadline: isOfDeadline(page) ? deadline : 0n };
};

/** Nanoseconds until its timer is through, where it counts. */
export const timeLeft = (page: DataView): bigint | undefined => {
  const count = page.getUint32(16 * Register.currentCount, true);
  return isOfDeadline(page) || count === 0 ? undefined : BigInt(count) * divisorOf(page);
};

export const isOfDeadline = (page: DataView): boolean =>
  (page.getUint32(16 * Register.timer, true) & TimerMode.mask) === TimerMode.deadline;

/** Bits 0, 1 and 3: by 2, 4, … 128, and 1. */
const divisorOf = (page: DataView): bigint => {
  const bits = page.getUint32(16 * Register.divide, true);
  return 1n << BigInt((((bits & 3) | ((bits >> 1) & 4)) + 1) & 7);
};

/** `page`: as the kernel has it, which it becomes. */
export const putApic = (page: DataView, { base, registers, expiry }: CpuState['apic'], now: bigint): void => {
  const put = (register: number, value: number): void => page.setUint32(16 * register, value, true);
  const wide = (base & isX2) !== 0n;
  for (const [register, bits] of registers.entries()) if (!told.includes(register)) put(register, bits);
  const id = registers[Register.id] ?? 0;
  put(Register.id, wide ? id : id << 24);
  if (wide) put(Register.ldr, ((id >>> 4) << 16) | (1 << (id & 15)));
  const left = expiry === 0n ? 0n : expiry > now ? expiry - now : 1n;
  put(Register.currentCount, Number((left + divisorOf(page) - 1n) / divisorOf(page)));
  // One that is through would be through once more: the kernel begins what has a count, and how much of it is left is nothing.
  if (left === 0n) put(Register.initialCount, 0);
};
