/** Error detection and correction codes of a CD's sectors in mode 1: ECMA-130, 14.3 and annex A. */

const [headerAt, edcAt, pAt, qAt] = [12, 2064, 2076, 2248];

/** P: 24 words of 16 bits in 43 columns; Q: 43 in 26 diagonals. The steps are in bytes. */
const codes = [
  { at: pAt, count: 86, length: 24, columnStep: 2, rowStep: 86, modulo: Number.POSITIVE_INFINITY },
  { at: qAt, count: 52, length: 43, columnStep: 86, rowStep: 88, modulo: 2236 },
] as const;

/** x^32 + x^31 + x^16 + x^15 + x^4 + x^3 + x + 1, the lowest bit first. */
const edcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ ((value & 1) === 0 ? 0 : 0xd801_8001);
  return value;
});

/** Times α in the field of x^8 + x^4 + x^3 + x^2 + 1. */
const times = (value: number): number => ((value << 1) ^ ((value & 0x80) === 0 ? 0 : 0x1d)) & 0xff;
/** What times (α + 1) is a byte. */
const parts = new Uint8Array(256);
for (let value = 0; value < 256; value++) parts[value ^ times(value)] = value;

/** Of a sector of 2352 bytes whose header and data are there. */
export const protect = (sector: Uint8Array): void => {
  let edc = 0;
  for (let at = 0; at < edcAt; at++) edc = (edc >>> 8) ^ (edcTable[(edc ^ (sector[at] ?? 0)) & 0xff] ?? 0);
  for (let byte = 0; byte < 4; byte++) sector[edcAt + byte] = edc >>> (8 * byte);
  sector.fill(0, edcAt + 4, pAt);
  for (const code of codes) {
    for (let major = 0; major < code.count; major++) {
      let at = (major >> 1) * code.columnStep + (major & 1);
      let [a, b] = [0, 0];
      for (let row = 0; row < code.length; row++) {
        const byte = sector[headerAt + at] ?? 0;
        at += code.rowStep;
        if (at >= code.modulo) at -= code.modulo;
        a = times(a ^ byte);
        b ^= byte;
      }
      a = parts[times(a) ^ b] ?? 0;
      sector[code.at + major] = a;
      sector[code.at + code.count + major] = a ^ b;
    }
  }
};
