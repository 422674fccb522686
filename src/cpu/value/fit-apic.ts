/** What no local APIC can have: SDM Vol. 3A, chapter 12. */
import type { FeatureName } from '../../isa/index.ts';
import { type CpuState, shown } from '../../machine/index.ts';
import { ApicBase, apicKeeps, isBaseMode, lvtBits, Register, Svr, TimerMode } from '../apic/index.ts';
import { physicalBits } from '../memory/paging.ts';
import type { Claim } from './claim.ts';

export const apicFit = ({ apic }: CpuState, features: ReadonlySet<FeatureName>): readonly Claim[] => {
  const { base, registers, errors } = apic;
  const get = (register: number): number => registers[register] ?? 0;
  const isX2 = (base & ApicBase.x2) !== 0n;
  const within = (name: string, register: number, bits: number): Claim => [
    (get(register) & ~bits) === 0,
    `apic.registers[${register}] ${shown(get(register))}, its ${name}, has reserved bits`,
  ];
  const strangers = registers.findIndex((bits, register) => bits !== 0 && !apicKeeps(register));
  return [
    [base >> BigInt(physicalBits) === 0n && (base & 0x2ffn) === 0n, `apic.base ${shown(base)} has reserved bits`],
    [isBaseMode(base) && (!isX2 || features.has('x2apic')), `apic.base ${shown(base)} has no mode that this processor has`],
    [strangers === -1, `apic.registers[${strangers}] is ${shown(get(strangers))}, and there is no such register`],
    [isX2 || get(Register.id) < 0x100, `apic.registers[${Register.id}] ${shown(get(Register.id))}, its id, is beyond 8 bits`],
    within('task priority', Register.tpr, 0xff),
    within('spurious vector', Register.svr, Svr.writable),
    within('divisor', Register.divide, 0xb),
    within('logical destination', Register.ldr, 0xff00_0000 | 0),
    [(get(Register.dfr) & 0x0fff_ffff) === 0x0fff_ffff, `apic.registers[${Register.dfr}], its destination format, has reserved bits`],
    [(errors & ~0xff) === 0, `apic.errors ${shown(errors)} have reserved bits`],
    ...[Register.isr, Register.tmr, Register.irr].map((set) => within('set of vectors, where vectors below 16 have none', set, ~0xffff)),
    ...Object.entries(lvtBits).map(([lvt, bits]) => within('local vector', Number(lvt), bits)),
    ...timer(apic),
  ];
};

const timer = ({ registers, expiry, deadline }: CpuState['apic']): readonly Claim[] => {
  const mode = (registers[Register.lvtTimer] ?? 0) & (TimerMode.periodic | TimerMode.deadline);
  const count = registers[Register.initialCount] ?? 0;
  return [
    [deadline === 0n || mode === TimerMode.deadline, 'apic.deadline is awaited in another mode of the timer'],
    [expiry === 0n || (mode !== TimerMode.deadline && count !== 0), 'apic.expiry is awaited, and the timer counts nothing'],
  ];
};
