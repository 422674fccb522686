/** Ranges of sectors that aren't wanted any more: ATA8-ACS-2, 7.5, "LBA Range Entry". */

/** Those that have any sectors: 48 bits of the first one, then 16 of how many. */
export function* rangesIn(bytes: Uint8Array): Generator<{ readonly first: number; readonly count: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const count = view.getUint16(at + 6, true);
    if (count > 0) yield { first: view.getUint32(at, true) + view.getUint16(at + 4, true) * 2 ** 32, count };
  }
}
