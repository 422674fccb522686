/** Which calls of a region its returns may end: those of the functions that they are in, or those through registers or memory, where nothing calls their functions by name. */
import type { Placed } from '../interpret/predecode.ts';
import { goesOnAt, isCall, isReturn, targetOf } from './leading.ts';
import type { RegionBlock } from './region.ts';

/** Blocks behind calls that a return is asked about: where there are more, it leads anywhere. */
const most = 8;

/** By the number of a block that returns, those that it may go on with, where it is one of few. */
export const returnsOf = (blocks: readonly RegionBlock[]): ReadonlyMap<number, readonly number[]> => {
  const at = new Map(blocks.map(({ start }, index) => [start, index]));
  const lasts = blocks.map(({ placed }) => placed.at(-1));
  const behind = new Map<number, Set<number>>();
  const behindAny = new Set<number>();
  for (const last of lasts) {
    const next = last === undefined || !isCall(last) ? undefined : at.get(last.next);
    if (last === undefined || next === undefined) continue;
    const called = calledBy(last);
    const begin = called === undefined ? undefined : at.get(called);
    if (called === undefined) behindAny.add(next);
    else if (begin !== undefined) setOf(behind, begin).add(next);
  }
  const found = new Map<number, Set<number>>();
  for (const [begin, nexts] of behind)
    for (const block of within(begin, lasts, at)) {
      const last = lasts[block];
      if (last !== undefined && isReturn(last)) for (const next of nexts) setOf(found, block).add(next);
    }
  if (behindAny.size > 0)
    for (const [block, last] of lasts.entries()) if (last !== undefined && isReturn(last) && !found.has(block)) found.set(block, behindAny);
  return new Map([...found].map(([block, nexts]) => [block, nexts.size <= most ? [...nexts] : []]));
};

/** Blocks that a function is made of, without those it calls. */
const within = (begin: number, lasts: readonly (Placed | undefined)[], at: ReadonlyMap<bigint, number>): ReadonlySet<number> => {
  const all = new Set([begin]);
  for (const block of all) {
    const last = lasts[block];
    if (last === undefined) continue;
    for (const address of isCall(last) ? [last.next] : goesOnAt(last)) {
      const next = at.get(address);
      if (next !== undefined) all.add(next);
    }
  }
  return all;
};

/** Undefined of a call through a register or memory. */
const calledBy = (call: Placed): bigint | undefined => (goesOnAt(call).length === 0 ? undefined : targetOf(call));

const setOf = (map: Map<number, Set<number>>, key: number): Set<number> => {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = new Set<number>();
  map.set(key, made);
  return made;
};
