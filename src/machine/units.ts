/** Addresses and times that must not be taken for one another. A brand is made here alone. */

declare const unit: unique symbol;
type Unit<Name extends string, Of> = Of & { readonly [unit]: Name };

/** Guest-physical address of a byte. Exact as a number: there are at most 52 bits (SDM Vol. 3A, 4.1.4). */
export type Gpa = Unit<'gpa', number>;
/** Guest-linear address of a byte, before paging. */
export type Gla = Unit<'gla', bigint>;
/** Of the 64 Ki bytes that IN and OUT reach. */
export type Port = Unit<'port', number>;
/** A moment in the machine's life: nanoseconds since it was switched on. */
export type Instant = Unit<'instant', bigint>;
/** Nanoseconds from one moment to another. */
export type Span = Unit<'span', bigint>;

/** Throws a RangeError where it is no physical address. */
export const gpa = (address: number): Gpa => {
  if (!Number.isSafeInteger(address) || address < 0 || address >= 2 ** 52) throw new RangeError(`${address} is no physical address`);
  return address as Gpa;
};

/** Of its low 64 bits. */
export const gla = (address: bigint): Gla => BigInt.asUintN(64, address) as Gla;

/** Throws a RangeError where it is no port. */
export const port = (address: number): Port => {
  if (!Number.isInteger(address) || address < 0 || address > 0xffff) throw new RangeError(`${address} is no port`);
  return address as Port;
};

/** Throws a RangeError before the machine was switched on. */
export const instant = (ns: bigint): Instant => {
  if (ns < 0n) throw new RangeError(`${ns} ns is before the machine was switched on`);
  return ns as Instant;
};

export const span = (ns: bigint): Span => ns as Span;
/** Spans as people say them. */
export const micros = (count: number): Span => span(BigInt(Math.round(count * 1e3)));
export const millis = (count: number): Span => span(BigInt(Math.round(count * 1e6)));
export const seconds = (count: number): Span => span(BigInt(Math.round(count * 1e9)));

export const later = (when: Instant, by: Span): Instant => instant(when + by);
/** Negative where `to` comes first. */
export const between = (from: Instant, to: Instant): Span => span(to - from);

/** How often something that ticks so many times a second has ticked since the machine was switched on. */
export const ticksAt = (when: Instant, perSecond: bigint): bigint => (when * perSecond) / 1_000_000_000n;
/** The first moment at which it has ticked so often. */
export const momentOf = (ticks: bigint, perSecond: bigint): Instant => instant((ticks * 1_000_000_000n + perSecond - 1n) / perSecond);
