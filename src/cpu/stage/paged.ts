/** A processor in 64-bit mode whose first 2 MiB are mapped onto themselves in pages of 4 KiB, so that single ones can be otherwise. */
import { State } from '../../isa/index.ts';
import { setLong } from '../code/mode.ts';
import type { Engine } from '../engine.ts';
import type { Ram } from '../memory/ram.ts';
import type { Owner } from '../owner.ts';
import { Processor } from '../processor.ts';
import { takeRam } from './spare.ts';

/** Its tables, from the top one on: the last has the pages. */
export const Tables = [0x1000, 0x2000, 0x3000, 0x4000] as const;
export const Page = { present: 1, writable: 2, user: 4 } as const;
const supervisor = Page.present | Page.writable;

export interface Paged {
  readonly ram: Ram;
  readonly processor: Processor;
}

/** Its code begins at an address that these pages have, in whichever entry of each table above them: all that are named lead there. */
export const paged = (
  engine: Engine,
  code: readonly number[],
  at: bigint,
  {
    absent = [],
    rights = supervisor,
    entries = [[0], [0], [0]],
    owner,
  }: {
    readonly absent?: readonly number[];
    readonly rights?: number;
    readonly entries?: readonly (readonly number[])[];
    readonly owner?: Owner;
  } = {},
): Paged => {
  const ram = takeRam();
  for (const [level, places] of entries.entries())
    for (const entry of places) ram.write64(0x1000 * (level + 1) + 8 * entry, BigInt((0x1000 * (level + 2)) | rights));
  for (let page = 0; page < 512; page++) ram.write64(pageEntry(page), absent.includes(page) ? 0n : BigInt((page * 4096) | rights));
  ram.write(Number(at & 0x1f_ffffn), Uint8Array.from(code));
  const processor = new Processor(ram, engine, undefined, owner);
  setLong(processor.state, BigInt(Tables[0]));
  processor.state.setBigUint64(State.rip, at, true);
  processor.flush();
  return { ram, processor };
};

/** Where the entry of a page is. */
export const pageEntry = (page: number): number => Tables[3] + 8 * page;
