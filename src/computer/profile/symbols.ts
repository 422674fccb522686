/** Names of addresses: of an ELF file's symbol table (System V ABI, Object Files), or of a list as the Linux kernel tells it, System.map and /proc/kallsyms. */

interface Symbol {
  readonly address: bigint;
  /** 0: up to the next one. */
  readonly bytes: bigint;
  readonly name: string;
}

/** As far as a function without a size of its own may reach. */
const longest = 1n << 20n;

export class Symbols {
  /** By their addresses. */
  readonly #all: readonly Symbol[];

  constructor(all: readonly Symbol[]) {
    this.#all = all.toSorted((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  }

  get count(): number {
    return this.#all.length;
  }

  /** The function an address is in. */
  at(address: bigint): string | undefined {
    let [low, high] = [0, this.#all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#all[middle]?.address ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.#all[low - 1];
    if (found === undefined) return undefined;
    const bytes = found.bytes === 0n ? longest : found.bytes;
    return address - found.address < bytes ? found.name : undefined;
  }
}

/** Why there are none. */
export type NoSymbols = 'neither' | 'stripped' | 'hidden';

export const readSymbols = (file: Uint8Array): readonly Symbol[] | NoSymbols => {
  if (String.fromCharCode(...file.subarray(0, 4)) === '\x7fELF') return ofElf(file);
  return ofList(new TextDecoder('latin1').decode(file));
};

const [symbolTable, functionKind, noKind] = [2, 2, 0];

const ofElf = (file: Uint8Array): readonly Symbol[] | NoSymbols => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const is64 = file[4] === 2;
  const long = (at: number): number => (is64 ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true));
  try {
    const [table, entryBytes, count] = is64
      ? [long(40), view.getUint16(58, true), view.getUint16(60, true)]
      : [long(32), view.getUint16(46, true), view.getUint16(48, true)];
    const header = (index: number): { kind: number; at: number; bytes: number; link: number } => {
      const at = table + index * entryBytes;
      const [place, size, link] = is64 ? [long(at + 24), long(at + 32), at + 40] : [long(at + 16), long(at + 20), at + 24];
      return { kind: view.getUint32(at + 4, true), at: place, bytes: size, link: view.getUint32(link, true) };
    };
    const found = Array.from({ length: count }, (_, index) => header(index)).find(({ kind }) => kind === symbolTable);
    if (found === undefined) return 'stripped';
    const names = header(found.link);
    const each = is64 ? 24 : 16;
    const symbols: Symbol[] = [];
    for (let at = found.at; at + each <= found.at + found.bytes; at += each) {
      const [info, section] = is64
        ? [view.getUint8(at + 4), view.getUint16(at + 6, true)]
        : [view.getUint8(at + 12), view.getUint16(at + 14, true)];
      const kind = info & 0xf;
      if ((kind !== functionKind && kind !== noKind) || section === 0 || section >= 0xff00) continue;
      const [address, bytes] = is64
        ? [view.getBigUint64(at + 8, true), view.getBigUint64(at + 16, true)]
        : [BigInt(view.getUint32(at + 4, true)), BigInt(view.getUint32(at + 8, true))];
      const begin = names.at + view.getUint32(at, true);
      const name = new TextDecoder('latin1').decode(file.subarray(begin, file.indexOf(0, begin)));
      if (name !== '') symbols.push({ address, bytes, name });
    }
    return symbols.length === 0 ? 'stripped' : symbols;
  } catch (error) {
    // What it says of itself leads beyond its end.
    if (error instanceof RangeError) return 'neither';
    throw error;
  }
};

/** `ffffffff81000000 T _text`, and the module behind it. */
const line = /^([\da-f]{8,16}) ([a-z]) (\S+)(?:\s+\[\S+\])?$/i;

const ofList = (text: string): readonly Symbol[] | NoSymbols => {
  const symbols: Symbol[] = [];
  for (const one of text.split('\n')) {
    if (one === '') continue;
    const found = line.exec(one);
    if (found === null) return 'neither';
    const [, address = '0', kind = '', name = ''] = found;
    if (/[tw]/i.test(kind)) symbols.push({ address: BigInt(`0x${address}`), bytes: 0n, name });
  }
  if (symbols.length > 0 && symbols.every(({ address }) => address === 0n)) return 'hidden';
  return symbols.length === 0 ? 'neither' : symbols;
};
