/** Memory at linear addresses, looked at from outside: by the page tables as they are, of which none is marked, and with no register read. */
import type { Pc } from '../../board/index.ts';
import { Efer, type Physical, translate } from '../../cpu/index.ts';
import type { CpuState } from '../../machine/index.ts';

const pageBytes = 4096;
/** Bits of linear addresses: SDM Vol. 1, 3.3.7.1; CR4.LA57. */
const [four, five, la57] = [48, 57, 1 << 12];

export class LinearMemory {
  readonly #pc: Pc;
  /** Page tables, which a look leaves as they are. */
  readonly #tables: Physical;

  constructor(pc: Pc) {
    this.#pc = pc;
    const { ram } = pc;
    this.#tables = {
      read32: (at) => ram.read32(ram.reached(at)),
      read64: (at) => ram.read64(ram.reached(at)),
      write32: () => {},
      write64: () => {},
    };
  }

  /** `state` is the processor's, for who has it already. */
  read(address: bigint, bytes: number, state = this.#pc.processor.save()): Uint8Array<ArrayBuffer> | undefined {
    const places = this.#places(state, address, bytes, 'read');
    if (places === undefined) return undefined;
    const into = new Uint8Array(bytes);
    for (const { place, at, count } of places) into.set(this.#pc.ram.bytes.subarray(place, place + count), at);
    return into;
  }

  /** Read-only memory takes nothing. */
  write(address: bigint, bytes: Uint8Array): boolean {
    const places = this.#places(this.#pc.processor.save(), address, bytes.length, 'write');
    if (places === undefined) return false;
    for (const { place, at, count } of places) this.#pc.ram.bytes.set(bytes.subarray(at, at + count), place);
    this.#pc.processor.forget();
    return true;
  }

  /** Where bytes are in the engine's memory, page by page; undefined where one isn't in guest memory. */
  #places(
    state: CpuState,
    address: bigint,
    bytes: number,
    access: 'read' | 'write',
  ): readonly { place: number; at: number; count: number }[] | undefined {
    const places: { place: number; at: number; count: number }[] = [];
    for (let at = 0; at < bytes; ) {
      const from = BigInt.asUintN(64, address + BigInt(at));
      const count = Math.min(bytes - at, pageBytes - Number(from % BigInt(pageBytes)));
      const place = this.#placeOf(state, from, count, access);
      if (place === undefined) return undefined;
      places.push({ place, at, count });
      at += count;
    }
    return places;
  }

  /** In one page. */
  #placeOf(state: CpuState, linear: bigint, count: number, access: 'read' | 'write'): number | undefined {
    if (!isAddress(state, linear)) return undefined;
    const { cr0, cr3, cr4, efer } = state;
    // As a supervisor whom SMAP doesn't keep from users' pages; who writes from outside is kept by no page's rights.
    const found = translate({ cr0, cr3, cr4, efer, isAlignmentChecked: true }, this.#tables, linear, 'read', false);
    if (typeof found === 'number') return undefined;
    const { ram, space } = this.#pc;
    const physical = ram.reached(found.physical);
    if (space.has(physical) || space.has(physical + count - 1)) return undefined;
    return ram.placeOf(physical, count, access);
  }
}

/** Canonical in IA-32e mode, of 32 bits else. */
const isAddress = ({ efer, cr4 }: CpuState, linear: bigint): boolean => {
  if ((efer & Efer.lma) === 0) return linear >> 32n === 0n;
  return BigInt.asUintN(64, BigInt.asIntN((cr4 & la57) === 0 ? four : five, linear)) === linear;
};
