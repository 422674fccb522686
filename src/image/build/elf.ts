/** As much of ELF as tells whether a program needs others: System V ABI, gABI 4.1, "ELF Header" and "Program Header". */

const ptInterp = 3;
/** `e_phoff`, `e_phentsize` and `e_phnum` of 32- and 64-bit files. */
const layouts = {
  1: { offset: 28, entryBytes: 42, count: 44 },
  2: { offset: 32, entryBytes: 54, count: 56 },
} as const;

/** Whether these bytes are a program that asks for no dynamic linker. */
export const isStaticElf = (file: Uint8Array): boolean => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 64 || view.getUint32(0) !== 0x7f454c46) return false;
  const elfClass = view.getUint8(4);
  if (elfClass !== 1 && elfClass !== 2) return false;
  const little = view.getUint8(5) === 1;
  const layout = layouts[elfClass];
  const offset = elfClass === 1 ? view.getUint32(layout.offset, little) : Number(view.getBigUint64(layout.offset, little));
  const entryBytes = view.getUint16(layout.entryBytes, little);
  const count = view.getUint16(layout.count, little);
  if (count === 0 || entryBytes < 4 || offset + count * entryBytes > file.length) return false;
  return Array.from({ length: count }, (_, index) => view.getUint32(offset + index * entryBytes, little)).every(
    (type) => type !== ptInterp,
  );
};
