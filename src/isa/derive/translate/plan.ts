/** How a region's code is laid out: what each block goes on with, where it may be entered, and in which order blocks are written. */
import { goesOnAt, isCall } from './leading.ts';
import { type Order, orderOf } from './order.ts';
import type { Region } from './region.ts';
import { returnsOf } from './returns.ts';

export interface Plan extends Order {
  /** Numbers of the blocks that the region may be entered at, by the numbers of their entrances. */
  readonly entrances: readonly number[];
  /** The number of what is before all blocks: it chooses an entrance. */
  readonly begin: number;
  /** By the number of a block that returns, those that it is known to go on with. */
  readonly returns: ReadonlyMap<number, readonly number[]>;
}

/**
 * It may be entered where that is wanted, behind calls that may come back from elsewhere, and wherever blocks lead that no branch of WebAssembly leads to: into a
 * loop past its beginning.
 */
export const planOf = ({ blocks, entrances: wanted }: Region): Plan => {
  const at = new Map(blocks.map(({ start }, index) => [start, index]));
  const returns = returnsOf(blocks);
  const lasts = blocks.map(({ placed }) => placed.at(-1));
  const successors = lasts.map((last, index) =>
    last === undefined ? [] : [...(returns.get(index) ?? []), ...goesOnAt(last).flatMap((address) => at.get(address) ?? [])],
  );
  const returned = new Set([...returns.values()].flat());
  const behindCalls = lasts.flatMap((last) => {
    const next = last !== undefined && isCall(last) ? at.get(last.next) : undefined;
    const isByName = last !== undefined && goesOnAt(last).length > 0;
    return next === undefined || (isByName && returned.has(next)) ? [] : [next];
  });
  const entrances = new Set([...wanted, ...behindCalls]);
  const begin = blocks.length;
  for (;;) {
    const order = orderOf([...successors, [...entrances]], begin);
    const before = entrances.size;
    for (const [from, nexts] of successors.entries())
      for (const to of nexts) if (order.isReached(from) && order.wayFrom(from, to) === undefined) entrances.add(to);
    if (entrances.size === before) return { ...order, entrances: [...entrances], begin, returns };
  }
};
