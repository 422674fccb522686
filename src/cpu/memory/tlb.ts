/** What page walks found, for the interpreter's fast path: direct-mapped, one table for each of reading and writing, for each of those who see different pages. */
import { invalidPage, Layout, State, Tlb } from '../../isa/index.ts';

const pageMask = ~0xfffn;

/** Users; the supervisor, who may have lifted SMAP: SDM Vol. 3A, 5.6. Users whose alignment is checked have an eye on each access: for them nothing is noted. */
export type Viewer = 'supervisor' | 'user' | 'lifted' | 'aligned';

const offsets = { supervisor: 0, user: Tlb.userOffset, lifted: Tlb.liftedOffset, aligned: Tlb.alignedOffset } as const satisfies Record<
  Viewer,
  number
>;

export class TranslationCache {
  readonly #view: DataView;

  constructor(view: DataView) {
    this.#view = view;
    this.flush();
  }

  /** Notes that a page is at a place in linear memory. */
  note(linear: bigint, place: number, access: 'read' | 'write', viewer: Viewer): void {
    if (viewer === 'aligned') return;
    const entry = this.#entryOf(linear, access, viewer);
    this.#view.setBigUint64(entry, linear & pageMask, true);
    this.#view.setUint32(entry + 8, place - Number(linear & ~pageMask), true);
  }

  /** Forgets a page: INVLPG. */
  forget(linear: bigint): void {
    const index = indexOf(linear);
    for (const table of tables) this.#invalidate(table, index);
  }

  /** Forgets all of them. */
  flush(): void {
    for (const table of tables) this.#empty(table);
  }

  /** Writing takes the slow path from now on, wherever it goes. */
  forbidWriting(): void {
    for (const offset of Object.values(offsets)) this.#empty(Layout.writable + offset);
  }

  /** Which tables count from now on. */
  choose(viewer: Viewer): void {
    this.#view.setUint32(State.tlb, offsets[viewer], true);
  }

  #entryOf(linear: bigint, access: 'read' | 'write', viewer: Viewer): number {
    const table = access === 'read' ? Layout.readable : Layout.writable;
    return table + offsets[viewer] + Tlb.entryBytes * indexOf(linear);
  }

  #empty(table: number): void {
    new Uint8Array(this.#view.buffer, this.#view.byteOffset).set(empty, table);
  }

  #invalidate(table: number, index: number): void {
    this.#view.setBigUint64(table + Tlb.entryBytes * index, invalidPage(index), true);
  }
}

const tables = Object.values(offsets).flatMap((offset) => [Layout.readable + offset, Layout.writable + offset]);

/** A table without translations. */
const empty: Uint8Array = (() => {
  const table = new Uint8Array(Tlb.entryBytes * Tlb.entries);
  const view = new DataView(table.buffer);
  for (let index = 0; index < Tlb.entries; index++) view.setBigUint64(Tlb.entryBytes * index, invalidPage(index), true);
  return table;
})();

const indexOf = (linear: bigint): number => Number((linear >> BigInt(Tlb.pageBits)) & BigInt(Tlb.entries - 1));
