/** Bytes and values side by side, in words. */

/** Where the first bytes are that differ; undefined where none do. Both begin at a multiple of 4, and are as long. */
export const differsAt = (one: Uint8Array, other: Uint8Array): number | undefined => {
  const [a, b] = [one, other].map(({ buffer, byteOffset, length }) => new Int32Array(buffer, byteOffset, length >> 2)) as [
    Int32Array,
    Int32Array,
  ];
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return 4 * at;
  return undefined;
};

export const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export const plain = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? `0x${one.toString(16)}` : one)) ?? 'nothing';

/** Tells of each field that differs, by its name. */
export const compareFields = (note: (name: string, a: string, b: string) => void, name: string, a: unknown, b: unknown): void => {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    if (a !== b) note(name, plain(a), plain(b));
    return;
  }
  const fields = b as Readonly<Record<string, unknown>>; // It has the shape of the other one.
  for (const [key, value] of Object.entries(a)) compareFields(note, name === '' ? key : `${name}.${key}`, value, fields[key]);
};
