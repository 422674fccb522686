/** Instructions that load and store GDTR, IDTR, LDTR and TR, and who may: SDM Vol. 2B, SGDT; Vol. 2A, LGDT/LIDT; Vol. 3A, 2.5. */
import type { Core } from '../core.ts';
import { Fault, Vector } from '../fault.ts';

const umip = 1 << 11;

/** There are no selectors of descriptors in real-address and virtual-8086 mode. */
export const requireSelectors = ({ registers }: Core): void => {
  if (!registers.isProtected || registers.isVirtual) throw new Fault(Vector.ud);
};

export const requireSupervisor = ({ registers }: Core): void => {
  if (registers.cpl !== 0) throw new Fault(Vector.gp);
};

/** UMIP keeps from users where tables are. */
const requireShown = (core: Core): void => {
  if ((core.registers.cr4 & umip) !== 0) requireSupervisor(core);
};

/** By the place of LDTR or TR. */
export const storeSelector = (core: Core, place: number): bigint => {
  requireSelectors(core);
  requireShown(core);
  return BigInt(core.registers.loaded(place).selector);
};

/** GDTR or IDTR, by its place. The base has all its bits, whatever the operand size. */
export const storeTable = (core: Core, place: number, linear: bigint): void => {
  requireShown(core);
  const { base, limit } = core.registers.table(place);
  requireAddress(core, linear);
  core.memory.write(linear, bytesOf(core), (BigInt.asUintN(core.registers.is64 ? 64 : 32, base) << 16n) | BigInt(limit & 0xffff));
};

/** Of operands of 16 bits the base has 24. */
export const loadTable = (core: Core, place: number, linear: bigint, size: number): void => {
  const { registers, memory } = core;
  requireAddress(core, linear);
  const whole = memory.read(linear, bytesOf(core));
  const base = (whole >> 16n) & (registers.is64 || size > 16 ? -1n : 0xff_ffffn);
  if (registers.is64 && !registers.isCanonicalWhenKept(base)) throw new Fault(Vector.gp);
  registers.setTable(place, { base, limit: Number(whole & 0xffffn) });
};

const bytesOf = ({ registers }: Core): number => (registers.is64 ? 10 : 6);

const requireAddress = (core: Core, linear: bigint): void => {
  const { registers } = core;
  const last = BigInt.asUintN(64, linear + BigInt(bytesOf(core) - 1));
  if (registers.is64 && !(registers.isCanonical(linear) && registers.isCanonical(last))) throw new Fault(Vector.gp);
};
