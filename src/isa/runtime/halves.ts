/** Halves of numbers of 64 bits, signed. By shifts and masks each half is two more numbers on the heap, and addresses are cut up wherever code is looked for. */
const wide = new BigUint64Array(1);
const halves = new Int32Array(wide.buffer);

export const lowOf = (value: bigint): number => {
  wide[0] = value;
  return halves[0] ?? 0;
};

export const highOf = (value: bigint): number => {
  wide[0] = value;
  return halves[1] ?? 0;
};
