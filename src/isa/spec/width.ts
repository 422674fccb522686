/** How wide an operand is: SDM Vol. 2D, A.2.2. */
const fixed: Readonly<Record<string, number>> = { AL: 8, AH: 8, CL: 8, AX: 16, DX: 16, '1': 8, XMM0: 128, ST: 80, STi: 80 };
const letters: Readonly<Record<string, number>> = { b: 8, w: 16, d: 32, q: 64, t: 80, dq: 128, x: 128, qq: 256 };

/** By codes, at sizes of 16, 32 and 64 bits: texts are compared slowly. */
const known = new Map<string, readonly [number, number, number]>();

/** Bits of an operand by its code in a row, at an operand size; 0 of what has no width (LEA's M). */
export const widthOf = (code: string, size: number): number => {
  let found = known.get(code);
  if (found === undefined) {
    found = [widthAnew(code, 16), widthAnew(code, 32), widthAnew(code, 64)];
    known.set(code, found);
  }
  return found[size === 64 ? 2 : size === 32 ? 1 : 0];
};

const widthAnew = (code: string, size: number): number => {
  const own = fixed[code];
  if (own !== undefined) return own;
  if (/^[er]AX$/.test(code)) return size;
  if (/^[CD]S|^[EFGS]S$/.test(code)) return 16;
  const letter = /^[A-Z]([a-z]*?)s?$/.exec(code)?.[1] ?? '';
  switch (letter) {
    case '':
      return 0;
    case 'v':
      return size;
    case 'z':
      return Math.min(size, 32);
    case 'y':
      return size === 64 ? 64 : 32;
    case 'a':
      return 2 * size;
    case 'p':
      return size + 16;
    default: {
      const bits = letters[letter];
      if (bits === undefined) throw new Error(`no width is known of ${code}`);
      return bits;
    }
  }
};
