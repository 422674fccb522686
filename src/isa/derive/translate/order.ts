/**
 * In which order blocks of a region are written, and how they nest, so that each goes on with others by branches of WebAssembly, which lead
 * out of what is around them or to the beginning of a loop around them. After N. Ramsey, Beyond Relooper (2022): by dominators.
 */

export interface Order {
  /** Blocks that come right under each: it is the last that all ways to them have in common. Those later in order come first. */
  readonly under: readonly (readonly number[])[];
  /** Whether several ways lead to it, so that it is written behind what leads to it. */
  readonly isJoined: readonly boolean[];
  /** Whether something goes back to it. */
  readonly isLoop: readonly boolean[];
  /** Whether any way leads to it. */
  isReached(block: number): boolean;
  /** How one goes on with another; undefined where it can't: into a loop past its beginning, or what nothing leads to. */
  wayFrom(from: number, to: number): 'back' | 'joined' | 'alone' | undefined;
}

/** By which blocks each may go on with, and where all begins. */
export const orderOf = (successors: readonly (readonly number[])[], begin = 0): Order => {
  const sequence = inReversePostorder(successors, begin);
  const position = successors.map(() => -1);
  for (const [at, block] of sequence.entries()) position[block] = at;
  const isReached = (block: number): boolean => (position[block] ?? -1) >= 0;
  const predecessors = successors.map((): number[] => []);
  for (const block of sequence) for (const next of new Set(successors[block])) predecessors[next]?.push(block);
  const dominator = dominatorsOf(sequence, position, predecessors);
  const isAbove = (above: number, block: number): boolean => {
    let at = block;
    while ((position[at] ?? 0) > (position[above] ?? 0)) at = dominator[at] ?? begin;
    return at === above;
  };
  const isBack = (from: number, to: number): boolean => (position[to] ?? 0) <= (position[from] ?? 0);
  const under = successors.map((): number[] => []);
  for (const block of sequence.slice(1).toReversed()) under[dominator[block] ?? begin]?.push(block);
  const isJoined = successors.map((_, block) => {
    const forward = (predecessors[block] ?? []).filter((from) => !isBack(from, block));
    return forward.length !== 1 || forward[0] !== dominator[block];
  });
  const isLoop = successors.map((_, block) => (predecessors[block] ?? []).some((from) => isBack(from, block) && isAbove(block, from)));
  return {
    ...{ under, isJoined, isLoop, isReached },
    wayFrom: (from, to) => {
      if (!(isReached(from) && isReached(to))) return undefined;
      if (isBack(from, to)) return isAbove(to, from) ? 'back' : undefined;
      return isJoined[to] === true ? 'joined' : 'alone';
    },
  };
};

const inReversePostorder = (successors: readonly (readonly number[])[], begin: number): readonly number[] => {
  const seen = new Set<number>([begin]);
  const done: number[] = [];
  const open: { readonly block: number; next: number }[] = [{ block: begin, next: 0 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const next = successors[top.block]?.[top.next++];
    if (next === undefined) {
      done.push(top.block);
      open.pop();
    } else if (!seen.has(next)) {
      seen.add(next);
      open.push({ block: next, next: 0 });
    }
  }
  return done.toReversed();
};

/** K. Cooper, T. Harvey, K. Kennedy, A Simple, Fast Dominance Algorithm (2001). */
const dominatorsOf = (
  sequence: readonly number[],
  position: readonly number[],
  predecessors: readonly (readonly number[])[],
): readonly number[] => {
  const dominator: number[] = position.map(() => -1);
  for (const begin of sequence.slice(0, 1)) dominator[begin] = begin;
  const common = (a: number, b: number): number => {
    let [one, other] = [a, b];
    while (one !== other) {
      while ((position[one] ?? 0) > (position[other] ?? 0)) one = dominator[one] ?? -1;
      while ((position[other] ?? 0) > (position[one] ?? 0)) other = dominator[other] ?? -1;
    }
    return one;
  };
  for (let changes = true; changes; ) {
    changes = false;
    for (const block of sequence.slice(1)) {
      const known = (predecessors[block] ?? []).filter((from) => dominator[from] !== -1);
      const found = known.reduce(common);
      if (found === dominator[block]) continue;
      dominator[block] = found;
      changes = true;
    }
  }
  return dominator;
};
