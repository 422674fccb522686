/** How a counter of the 8254 counts in its modes, and what its output is meanwhile: Intel 8254 data sheet, September 1993. */

/** How many ticks a count means; 0 is the largest. */
export const ticksOf = (count: number, isBcd: boolean): number => {
  if (!isBcd) return count === 0 ? 0x1_0000 : count;
  return fromBcd(count) || 10_000;
};

/** What is read back of a value that was counted down to. */
export const countOf = (ticks: number, isBcd: boolean): number => (isBcd ? toBcd(ticks % 10_000) : ticks & 0xffff);

/** The ticks that are left when so many have passed since the count was loaded. */
export const left = (mode: number, ticks: number, passed: number, isBcd: boolean): number => {
  if (mode === 2) return ticks - (passed % ticks);
  if (mode === 3) {
    // Down by two in each half; an odd count begins one lower, and its first half lasts one tick longer.
    const at = passed % ticks;
    const half = highTicks(ticks);
    return ticks - (ticks & 1) - 2 * (at < half ? at : at - half);
  }
  const whole = isBcd ? 10_000 : 0x1_0000;
  return (((ticks - passed) % whole) + whole) % whole;
};

/** The output of a counter that has been loaded. */
export const outputAt = (mode: number, ticks: number, passed: number): boolean => {
  switch (mode) {
    case 0:
    case 1:
      return passed >= ticks;
    case 2:
      return passed % ticks !== ticks - 1;
    case 3:
      return passed % ticks < highTicks(ticks);
    default:
      return passed !== ticks;
  }
};

/** After how many ticks the output changes next, counted since the load; undefined where it never does. */
export const nextChange = (mode: number, ticks: number, passed: number): number | undefined => {
  const begin = passed - (passed % ticks);
  switch (mode) {
    case 0:
    case 1:
      return passed < ticks ? ticks : undefined;
    case 2:
      return ticks === 1 ? undefined : begin + (passed % ticks < ticks - 1 ? ticks - 1 : ticks);
    case 3:
      return ticks === 1 ? undefined : begin + (passed % ticks < highTicks(ticks) ? highTicks(ticks) : ticks);
    default:
      return passed < ticks ? ticks : passed === ticks ? ticks + 1 : undefined;
  }
};

/** How long the first half of a square wave is. */
export const highTicks = (ticks: number): number => (ticks + 1) >> 1;

const fromBcd = (value: number): number =>
  (value & 15) + 10 * ((value >> 4) & 15) + 100 * ((value >> 8) & 15) + 1000 * ((value >> 12) & 15);

const toBcd = (value: number): number =>
  (value % 10) | ((Math.floor(value / 10) % 10) << 4) | ((Math.floor(value / 100) % 10) << 8) | (Math.floor(value / 1000) << 12);
