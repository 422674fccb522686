/** What the clock's registers have written to memory: Linux, arch/x86/include/asm/pvclock-abi.h. */

/** Of the clock's flags: that it goes on evenly on all processors. */
const Flag = { isStable: 1 } as const;

export interface Time {
  /** The time-stamp counter, and the guest's time then, in nanoseconds. */
  readonly counter: bigint;
  readonly now: bigint;
  readonly ticksPerSecond: number;
}

/**
 * pvclock_vcpu_time_info, behind its version:
 * ```
 *  0 0    4 time-stamp counter    12 nanoseconds    20 factor    24 shift    25 flags    26 0
 * ```
 */
export const timePage = ({ counter, now, ticksPerSecond }: Time): Uint8Array => {
  const { factor, shift } = scaleOf(ticksPerSecond);
  const bytes = new Uint8Array(28);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(4, counter, true);
  view.setBigUint64(12, now, true);
  view.setUint32(20, factor, true);
  view.setInt8(24, shift);
  view.setUint8(25, Flag.isStable);
  return bytes;
};

/** pvclock_wall_clock, behind its version: seconds, nanoseconds. */
export const wallPage = (nanoseconds: bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Number(nanoseconds / 1_000_000_000n), true);
  view.setUint32(4, Number(nanoseconds % 1_000_000_000n), true);
  return bytes;
};

/** Nanoseconds are ticks, shifted to the left, times the factor by 2^32; the factor has 32 bits, of which the highest is set. */
export const scaleOf = (ticksPerSecond: number): { readonly factor: number; readonly shift: number } => {
  const shift = Math.floor(Math.log2(1e9 / ticksPerSecond)) + 1;
  return { factor: Math.floor((1e9 / ticksPerSecond) * 2 ** (32 - shift)), shift };
};
