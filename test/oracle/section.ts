/** A section of an ELF file: System V Application Binary Interface, chapter 4. */

export interface Section {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Of a 64-bit file with low bytes first. Throws where it has none of that name. */
export const sectionOf = (file: Uint8Array, name: string): Section => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const wide = (at: number): number => Number(view.getBigUint64(at, true));
  const [table, size, count, names] = [wide(40), view.getUint16(58, true), view.getUint16(60, true), view.getUint16(62, true)];
  const place = (index: number): number => table + size * index;
  const strings = wide(place(names) + 24);
  for (let index = 0; index < count; index++) {
    const header = place(index);
    const from = strings + view.getUint32(header, true);
    if (new TextDecoder().decode(file.subarray(from, file.indexOf(0, from))) !== name) continue;
    const offset = wide(header + 24);
    return { address: wide(header + 16), bytes: file.subarray(offset, offset + wide(header + 32)) };
  }
  throw new Error(`the file has no section ${name}`);
};
