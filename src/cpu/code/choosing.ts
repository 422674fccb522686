/** Which blocks are translated together: those that a hot one leads to, as far as they are led to often, too. */
import { leadsTo, type Mode, type Placed, type Region } from '../../isa/index.ts';
import type { Block } from './blocks.ts';
import type { Chosen } from './translations.ts';

const most = { blocks: 64, instructions: 400 } as const;

export interface Surrounding {
  readonly mode: Mode;
  readonly limit: number;
  /** The block at an offset of the code segment, if one is known. */
  find(rip: bigint): Block | undefined;
  /** Number of the linear page of an offset in the code segment. */
  pageOf(rip: bigint): bigint;
  placed(block: Block): readonly Placed[] | undefined;
  /** Whether it was led to so often that it belongs to what is hot. */
  isOften(block: Block): boolean;
  /** Whether a loop was translated that begins there: it is in other regions only where it leads back to their beginning. */
  isLoop(block: Block): boolean;
  /** Where regions of the page begin: where jumps to any address may lead. */
  heads(): readonly Block[];
}

interface Explored {
  readonly block: Block;
  readonly placed: readonly Placed[];
  readonly next: Explored[];
  readonly before: Explored[];
}

/** Undefined where code is no longer what was predecoded. */
export const chosenFrom = (head: Block, around: Surrounding): Chosen | undefined => {
  const first = around.placed(head);
  if (first === undefined || head.secondPage !== undefined) return undefined;
  const begin: Explored = { block: head, placed: first, next: [], before: [] };
  explore(begin, around);
  const back = reached([begin], ({ before }) => before);
  const all = [...reached([begin], ({ next }) => next.filter((one) => back.has(one) || !around.isLoop(one.block)))];
  const blocks = all.map(({ block }) => block);
  return {
    blocks,
    placed: all.map(({ placed }) => placed),
    isLoop: begin.before.length > 0,
    leadsAnywhere: all.some(({ placed }) => leadsTo(placed) === 'anywhere'),
    targets: new Set(
      around
        .heads()
        .filter((one) => blocks.includes(one))
        .map(({ rip }) => rip),
    ),
  };
};

/** Where its records are by now. */
export const regionOf = ({ blocks, placed, targets }: Chosen, { mode, limit, pageOf }: Surrounding): Region => ({
  ...{ mode, limit, targets },
  blocks: blocks.map(({ record, rip }, at) => ({ record, start: rip, page: pageOf(rip), placed: placed[at] ?? [] })),
});

/** In the order of their distance. */
const explore = (begin: Explored, around: Surrounding): void => {
  const known = new Map([[begin.block, begin]]);
  let instructions = begin.placed.length;
  const meet = (block: Block): Explored | undefined => {
    const found = known.get(block);
    if (found !== undefined || block.secondPage !== undefined || !around.isOften(block)) return found;
    if (known.size === most.blocks || instructions + block.instructions > most.instructions) return undefined;
    const placed = around.placed(block);
    if (placed === undefined) return undefined;
    const made: Explored = { block, placed, next: [], before: [] };
    instructions += placed.length;
    known.set(block, made);
    return made;
  };
  for (const one of known.values()) {
    for (const next of ledTo(one.placed, around).flatMap((block) => meet(block) ?? [])) {
      one.next.push(next);
      next.before.push(one);
    }
  }
};

/** Where a call returns to counts where what is called is there. */
const ledTo = (placed: readonly Placed[], around: Surrounding): readonly Block[] => {
  const leads = leadsTo(placed);
  if (leads === 'anywhere') return around.heads();
  const to = leads.to.flatMap((rip) => around.find(rip) ?? []);
  const behind = leads.behind === undefined || to.length === 0 ? undefined : around.find(leads.behind);
  return behind === undefined ? to : [...to, behind];
};

const reached = (begin: readonly Explored[], more: (one: Explored) => readonly Explored[]): ReadonlySet<Explored> => {
  const all = new Set(begin);
  for (const one of all) for (const next of more(one)) all.add(next);
  return all;
};
