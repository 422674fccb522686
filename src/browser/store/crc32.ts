/** CRC-32 as gzip has it: RFC 1952, 8. Four bytes at a time, by a table for each of them. */

const polynomial = 0xedb88320;

const tables = Array.from({ length: 4 }, () => new Int32Array(256));
const [first = new Int32Array(256), second = first, third = first, fourth = first] = tables;
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
  first[byte] = value;
}
for (const [index, table] of tables.entries())
  for (let byte = 0; byte < 256 && index > 0; byte++) {
    const before = tables[index - 1]?.[byte] ?? 0;
    table[byte] = (before >>> 8) ^ (first[before & 0xff] ?? 0);
  }

export const crc32 = (bytes: Uint8Array): number => {
  let value = -1;
  let at = 0;
  const { length } = bytes;
  for (; at + 4 <= length; at += 4) {
    value ^=
      (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24); // Within its length.
    value =
      (fourth[value & 0xff] as number) ^
      (third[(value >>> 8) & 0xff] as number) ^
      (second[(value >>> 16) & 0xff] as number) ^
      (first[value >>> 24] as number); // Of 256 each.
  }
  for (; at < length; at++) value = (value >>> 8) ^ (first[(value ^ (bytes[at] as number)) & 0xff] as number);
  return ~value >>> 0;
};
