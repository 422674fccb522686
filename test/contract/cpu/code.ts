/** Instructions that clauses are made of, as bytes of 32-bit code. */

export const double = (value: number): readonly number[] => [0, 8, 16, 24].map((by) => (value >>> by) & 0xff);
export const [incEax, incEcx, incEdx, sti, cli, hlt, iret, nop] = [0x40, 0x41, 0x42, 0xfb, 0xfa, 0xf4, 0xcf, 0x90] as const;
export const ud2 = [0x0f, 0x0b] as const;
/** jmp to itself. */
export const forever = [0xeb, 0xfe] as const;
export const many = (count: number, code: number = incEcx): readonly number[] => Array.from({ length: count }, () => code);
export const movEax = (value: number): readonly number[] => [0xb8, ...double(value)];
/** mov dword [at], value */
export const store = (at: number, value: number): readonly number[] => [0xc7, 0x05, ...double(at), ...double(value)];
/** mov eax, [at] */
export const loadEax = (at: number): readonly number[] => [0xa1, ...double(at)];

/** A register of the local APIC: SDM Vol. 3A, table 12-1. */
export const apicStore = (register: number, value: number): readonly number[] => store(0xfee0_0000 + 16 * register, value);
export const Apic = {
  tpr: 0x08,
  eoi: 0x0b,
  svr: 0x0f,
  icrLow: 0x30,
  icrHigh: 0x31,
  timer: 0x32,
  initial: 0x38,
  current: 0x39,
  divide: 0x3e,
} as const;
export const enableApic = apicStore(Apic.svr, 0x1ff);
export const divideByOne = apicStore(Apic.divide, 0xb);
/** Figure 12-12. */
export const Icr = { nmi: 0x400, init: 0x4500, startUp: 0x4600, self: 1 << 18, all: 2 << 18, others: 3 << 18 } as const;
/** To the processor with this id. */
export const sendTo = (id: number, low: number): readonly number[] => [
  ...apicStore(Apic.icrHigh, id << 24),
  ...apicStore(Apic.icrLow, low),
];
export const send = (low: number): readonly number[] => apicStore(Apic.icrLow, low);
