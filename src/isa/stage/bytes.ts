/** Numbers as WebAssembly writes them: WebAssembly Core Specification, 5.2.2. */

export const unsigned = (value: number): number[] => {
  const out: number[] = [];
  for (let rest = value; ; ) {
    const byte = rest % 128;
    rest = Math.floor(rest / 128);
    out.push(rest > 0 ? byte | 0x80 : byte);
    if (rest === 0) return out;
  }
};

export const signed = (value: bigint): number[] => {
  const out: number[] = [];
  for (let rest = value; ; ) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = (rest === 0n && (byte & 0x40) === 0) || (rest === -1n && (byte & 0x40) !== 0);
    out.push(isLast ? byte : byte | 0x80);
    if (isLast) return out;
  }
};

/** A vector of parts: how many, then each. */
export const vector = (parts: readonly (readonly number[])[]): number[] => {
  const out = unsigned(parts.length);
  for (const part of parts) for (const byte of part) out.push(byte);
  return out;
};

/** ASCII is all that names here need. */
export const name = (text: string): number[] => [...unsigned(text.length), ...Array.from(text, (letter) => letter.charCodeAt(0))];

/** Something with its length in bytes before it. */
export const sized = (body: readonly number[]): number[] => {
  const out = unsigned(body.length);
  for (const byte of body) out.push(byte);
  return out;
};
