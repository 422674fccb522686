/** Addresses that must not be taken for one another. A brand is made here alone. */

declare const unit: unique symbol;
type Unit<Name extends string, Of> = Of & { readonly [unit]: Name };

/** Guest-physical address of a byte. Exact as a number: there are at most 52 bits (SDM Vol. 3A, 4.1.4). */
export type Gpa = Unit<'gpa', number>;
/** Guest-linear address of a byte, before paging. */
export type Gla = Unit<'gla', bigint>;

/** Throws a RangeError where it is no physical address. */
export const gpa = (address: number): Gpa => {
  if (!Number.isSafeInteger(address) || address < 0 || address >= 2 ** 52) throw new RangeError(`${address} is no physical address`);
  return address as Gpa;
};

/** Of its low 64 bits. */
export const gla = (address: bigint): Gla => BigInt.asUintN(64, address) as Gla;
