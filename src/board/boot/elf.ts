/** What of an ELF file is loaded, and what it says of itself: System V ABI, Object Files; of 32 or 64 bits, little-endian, for x86. */

export interface Segment {
  readonly at: number;
  /** Bytes of the file; the rest up to `bytes` is zeros. */
  readonly data: Uint8Array;
  readonly bytes: number;
}

export interface Note {
  readonly owner: string;
  readonly kind: number;
  readonly data: Uint8Array;
}

/** Its sections as the file tells of them, and what that has of each. */
export interface Sections {
  readonly bits: 32 | 64;
  /** Their headers, one behind the other. */
  readonly headers: Uint8Array;
  readonly count: number;
  readonly entryBytes: number;
  /** Number of the one with their names. */
  readonly names: number;
  readonly file: Uint8Array;
}

export interface Elf {
  readonly bits: 32 | 64;
  readonly entry: number;
  readonly segments: readonly Segment[];
  readonly notes: readonly Note[];
  /** Undefined where it has none, or not whole. */
  readonly sections: Sections | undefined;
}

const Ident = { class: 4, data: 5 } as const;
const classes: Readonly<Record<number, 32 | 64>> = { 1: 32, 2: 64 };
const littleEndian = 1;
const machines: readonly number[] = [3, 62];
const Kind = { load: 1, note: 4 } as const;
/** No program has more. */
const [mostSegments, mostNotes] = [64, 256];

/** By physical addresses. Undefined where it is no such file, or is cut short. */
export const readElf = (file: Uint8Array): Elf | undefined => {
  if (file.length < 64 || String.fromCharCode(...file.subarray(0, 4)) !== '\x7fELF' || file[Ident.data] !== littleEndian) return undefined;
  const bits = classes[file[Ident.class] ?? 0];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (bits === undefined || !machines.includes(view.getUint16(18, true))) return undefined;
  const long = (at: number): number => (bits === 64 ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true));
  const [entry, table] = bits === 64 ? [long(24), long(32)] : [long(24), long(28)];
  const [entryBytes, count] =
    bits === 64 ? [view.getUint16(54, true), view.getUint16(56, true)] : [view.getUint16(42, true), view.getUint16(44, true)];
  if (count > mostSegments || table + count * entryBytes > file.length || entryBytes < (bits === 64 ? 56 : 32)) return undefined;
  const segments: Segment[] = [];
  const notes: Note[] = [];
  for (let index = 0; index < count; index++) {
    const at = table + index * entryBytes;
    const kind = view.getUint32(at, true);
    if (kind !== Kind.load && kind !== Kind.note) continue;
    const [offset, physical, inFile, inMemory] =
      bits === 64
        ? [long(at + 8), long(at + 24), long(at + 32), long(at + 40)]
        : [long(at + 4), long(at + 12), long(at + 16), long(at + 20)];
    if (offset + inFile > file.length) return undefined;
    const data = file.subarray(offset, offset + inFile);
    if (kind === Kind.note) notes.push(...notesIn(data));
    else if (inFile > inMemory) return undefined;
    else segments.push({ at: physical, data, bytes: inMemory });
  }
  return { bits, entry, segments, notes, sections: sectionsOf(file, bits, long(bits === 64 ? 40 : 32)) };
};

const sectionsOf = (file: Uint8Array, bits: 32 | 64, table: number): Sections | undefined => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const [entryBytes, count, names] = [0, 2, 4].map((offset) => view.getUint16((bits === 64 ? 58 : 46) + offset, true)) as [
    number,
    number,
    number,
  ];
  const end = table + entryBytes * count;
  if (count === 0 || entryBytes < (bits === 64 ? 64 : 40) || end > file.length) return undefined;
  return { bits, headers: file.subarray(table, end), count, entryBytes, names, file };
};

/** Up to the first that isn't whole. Linux's and Xen's are padded to four bytes also where the file has 64 bits. */
const notesIn = (data: Uint8Array): readonly Note[] => {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const notes: Note[] = [];
  for (let at = 0; at + 12 <= data.length && notes.length < mostNotes; ) {
    const [nameBytes, bytes, kind] = [0, 4, 8].map((offset) => view.getUint32(at + offset, true)) as [number, number, number];
    const from = at + 12 + padded(nameBytes);
    if (from + bytes > data.length) break;
    const owner = String.fromCharCode(...data.subarray(at + 12, at + 12 + Math.max(0, Math.min(nameBytes, mostNotes) - 1)));
    notes.push({ owner, kind, data: data.subarray(from, from + bytes) });
    at = from + padded(bytes);
  }
  return notes;
};

const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** The end of the last. */
export const endOf = (segments: readonly Segment[]): number => Math.max(...segments.map(({ at, bytes }) => at + bytes));
