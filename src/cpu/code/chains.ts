/** Blocks as handlers find them by themselves, by their addresses: isa's derive/interpret/seek.ts. Those of code that begins at 0 and ends nowhere. */
import { Heads, headOf, Layout, Record } from '../../isa/index.ts';
import type { Block } from './block.ts';

export class Chains {
  readonly #linear: DataView;
  /** First records of the chains, 0 of none. */
  readonly #heads: Uint32Array;

  /** `linear` is all of linear memory, where records are; `begin` where this processor's own part begins. */
  constructor(linear: DataView, begin: number) {
    this.#linear = linear;
    this.#heads = new Uint32Array(linear.buffer, linear.byteOffset + begin + Layout.heads, Heads.count);
  }

  add(block: Block): void {
    if (!isSought(block)) return;
    const { record, rip, page, secondPage, mode } = block;
    const head = headOf(rip);
    this.#linear.setUint16(record + Record.mode, mode, true);
    this.#linear.setUint32(record + Record.page, page, true);
    this.#linear.setUint32(record + Record.behind, secondPage === undefined ? 0 : secondPage + 1, true);
    this.#linear.setUint32(record + Record.chain, this.#heads[head] ?? 0, true);
    this.#heads[head] = record;
  }

  remove(block: Block): void {
    if (!isSought(block)) return;
    const head = headOf(block.rip);
    const next = this.#linear.getUint32(block.record + Record.chain, true);
    let record = this.#heads[head] ?? 0;
    if (record === block.record) {
      this.#heads[head] = next;
      return;
    }
    while (record !== 0) {
      const after = this.#linear.getUint32(record + Record.chain, true);
      if (after === block.record) {
        this.#linear.setUint32(record + Record.chain, next, true);
        return;
      }
      record = after;
    }
  }

  clear(): void {
    this.#heads.fill(0);
  }

  /** Of blocks that are here by now, before any other is. */
  begin(heads: Uint32Array): void {
    this.#heads.set(heads);
  }
}

const isSought = ({ base, limit, mode }: Block): boolean => soughtMode(mode, base, limit) !== 0;

/** `State.mode`; code of 64 bits has no segment. */
export const soughtMode = (mode: number, base: bigint, limit: number): number =>
  base === 0n && ((mode & 64) !== 0 || limit === 0xffff_ffff) ? mode : 0;

/** The limit of a code segment with such blocks. */
export const limitOf = (mode: number): number => ((mode & 64) !== 0 ? 0 : 0xffff_ffff);
