/** What page walks found, for the interpreter's fast path: direct-mapped, one table for each of reading and writing, supervisor and user. */
import { invalidPage, Layout, State, Tlb } from '../isa/index.ts';

const pageMask = ~0xfffn;

export class TranslationCache {
  readonly #view: DataView;

  constructor(view: DataView) {
    this.#view = view;
    this.flush();
  }

  /** Notes that a page is at a place in linear memory. */
  note(linear: bigint, place: number, access: 'read' | 'write', isUser: boolean): void {
    const entry = this.#entryOf(linear, access, isUser);
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
    for (const offset of [0, Tlb.userOffset]) this.#empty(Layout.writable + offset);
  }

  /** Which tables count from now on. */
  choose(isUser: boolean): void {
    this.#view.setUint32(State.tlb, isUser ? Tlb.userOffset : 0, true);
  }

  #entryOf(linear: bigint, access: 'read' | 'write', isUser: boolean): number {
    const table = access === 'read' ? Layout.readable : Layout.writable;
    return table + (isUser ? Tlb.userOffset : 0) + Tlb.entryBytes * indexOf(linear);
  }

  #empty(table: number): void {
    for (let index = 0; index < Tlb.entries; index++) this.#invalidate(table, index);
  }

  #invalidate(table: number, index: number): void {
    this.#view.setBigUint64(table + Tlb.entryBytes * index, invalidPage(index), true);
  }
}

const tables = [Layout.readable, Layout.writable, Layout.readable + Tlb.userOffset, Layout.writable + Tlb.userOffset] as const;

const indexOf = (linear: bigint): number => Number((linear >> BigInt(Tlb.pageBits)) & BigInt(Tlb.entries - 1));
