/** Which blocks are translated together: those that a hot one leads to, as far as they are led to often, too. */
import { leadsTo, type Mode, type Placed } from '../../isa/index.ts';
import type { Block } from './block.ts';

/** In a region. */
const most = { blocks: 192, instructions: 800 } as const;

/** All that was translated on the way to a region is at most so many times what is in it when it grows, and some instructions. */
const mostWork = { times: 2, more: 400 } as const;

const isCheap = (instructions: number, cost: number): boolean => cost <= mostWork.times * instructions + mostWork.more;

export interface Surrounding {
  readonly mode: Mode;
  readonly base: bigint;
  readonly limit: number;
  /** Whether code there has the same mode and segment. */
  isAlike(other: Surrounding): boolean;
  /** The block at an offset of the code segment, if one is known. */
  find(rip: bigint): Block | undefined;
  /** Number of the linear page of an offset in the code segment. */
  pageOf(rip: bigint): bigint;
  placed(block: Block): readonly Placed[] | undefined;
  /** Whether it was led to so often that it belongs to what is hot. */
  isOften(block: Block): boolean;
}

/** Blocks that are translated together, or will be. */
export interface Together {
  /** The instructions of each. */
  readonly blocks: ReadonlyMap<Block, readonly Placed[]>;
  readonly instructions: number;
  /** Instructions that were translated on the way to it. */
  readonly cost: number;
}

export interface Chosen<Other> extends Together {
  /** What grows by it: all its blocks are among them. */
  readonly grown: ReadonlySet<Other>;
}

/** What is in regions already grows where that isn't too much work. Undefined where code is no longer what was predecoded. */
export const chosenFrom = <Other extends Together>(
  head: Block,
  around: Surrounding,
  regionsOf: (block: Block) => Iterable<Other>,
): Chosen<Other> | undefined => new Choice(around, regionsOf).from(head);

/** Of a region that grows, less than such a part is little. */
const little = 3;

/** Whether one region that was translated would be anew with little more in it: for a further entrance, as it often is. */
export const isForLittle = <Other extends Together>(
  { grown, instructions }: Chosen<Other>,
  isTranslated: (one: Other) => boolean,
): boolean => {
  const [one, ...others] = grown;
  if (one === undefined || others.length > 0 || !isTranslated(one)) return false;
  return little * (instructions - one.instructions) < instructions;
};

/** Whether a block is mostly led to from within a region: by a branch, or from the block before it, and not by a call. */
export const isWithin = (block: Block, region: Pick<Together, 'blocks'> | undefined): boolean =>
  region?.blocks.has(block) === true &&
  region.blocks.values().some((placed) => {
    const { to, behind } = leadsTo(placed);
    return behind === undefined && to.includes(block.rip);
  });

/** Whether regions may be one. */
export const mayJoin = (regions: readonly Together[], around: Surrounding): boolean => {
  const sum = (of: 'instructions' | 'cost'): number => regions.reduce((all, region) => all + region[of], 0);
  // Whatever they have in common: most are told apart by that.
  return isCheap(sum('instructions'), sum('cost')) && new Choice<Together>(around, () => []).takes(regions);
};

/** Regions as one, and what lies beside them. Undefined where that would be too much. */
export const joinedOf = <Other extends Together>(
  regions: readonly Other[],
  around: Surrounding,
  regionsOf: (block: Block) => Iterable<Other>,
): Chosen<Other> | undefined => new Choice(around, regionsOf).of(regions);

class Choice<Other extends Together> {
  readonly #around: Surrounding;
  readonly #regionsOf: (block: Block) => Iterable<Other>;
  readonly #blocks = new Map<Block, readonly Placed[]>();
  /** Each address has one block: where memory is seen at several, others are elsewhere. */
  readonly #starts = new Set<bigint>();
  readonly #grown = new Set<Other>();
  /** What stays as it is, though it has the first block. */
  #left: readonly Other[] = [];
  #instructions = 0;
  #cost = 0;

  constructor(around: Surrounding, regionsOf: (block: Block) => Iterable<Other>) {
    this.#around = around;
    this.#regionsOf = regionsOf;
  }

  from(head: Block): Chosen<Other> | undefined {
    if (head.secondPage !== undefined) return undefined;
    this.#left = [...this.#regionsOf(head)].filter((region) => !this.#grow(region));
    return this.#blocks.has(head) || this.#add(head) ? this.#explored() : undefined;
  }

  of(regions: readonly Other[]): Chosen<Other> | undefined {
    return this.takes(regions) ? this.#explored() : undefined;
  }

  takes(regions: readonly Other[]): boolean {
    return regions.every((region) => this.#grow(region));
  }

  #explored(): Chosen<Other> {
    // In the order of their distance.
    for (const placed of this.#blocks.values()) for (const next of this.#ledTo(placed)) this.#meet(next);
    return { blocks: this.#blocks, instructions: this.#instructions, cost: this.#cost, grown: this.#grown };
  }

  #meet(block: Block): void {
    if (this.#blocks.has(block) || block.secondPage !== undefined) return;
    const regions = [...this.#regionsOf(block)].filter((region) => !this.#left.includes(region));
    if (regions.length > 0) for (const region of regions) this.#grow(region);
    else if (this.#around.isOften(block) && this.#hasRoom(1, block.instructions)) this.#add(block);
  }

  /** Whether all of it is among the chosen. */
  #grow(region: Other): boolean {
    if (this.#grown.has(region)) return true;
    const { blocks, instructions, cost } = region;
    if (!(isCheap(this.#instructions + instructions, this.#cost + cost) && this.#hasRoom(blocks.size, instructions))) return false;
    const more = [...blocks].filter(([block]) => !this.#blocks.has(block));
    if (more.some(([{ rip }]) => this.#starts.has(rip))) return false;
    for (const [block, placed] of more) this.#add(block, placed);
    this.#grown.add(region);
    this.#cost += cost;
    return true;
  }

  #hasRoom(blocks: number, instructions: number): boolean {
    return this.#blocks.size + blocks <= most.blocks && this.#instructions + instructions <= most.instructions;
  }

  #add(block: Block, placed = this.#around.placed(block)): boolean {
    if (placed === undefined || this.#starts.has(block.rip)) return false;
    this.#blocks.set(block, placed);
    this.#starts.add(block.rip);
    this.#instructions += placed.length;
    return true;
  }

  *#ledTo(placed: readonly Placed[]): Iterable<Block> {
    for (const rip of waysOf(placed)) {
      const block = this.#around.find(rip);
      if (block !== undefined) yield block;
    }
  }
}

/** Where blocks lead, which is asked each time that what is around them grows. */
const known = new WeakMap<readonly Placed[], readonly bigint[]>();

const waysOf = (placed: readonly Placed[]): readonly bigint[] => {
  const found = known.get(placed);
  if (found !== undefined) return found;
  const { to, behind } = leadsTo(placed);
  const ways = behind === undefined ? to : [...to, behind];
  known.set(placed, ways);
  return ways;
};
