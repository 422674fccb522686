/** How often regions are entered, as they count it in records of their own. */
import { Visits } from '../../isa/index.ts';

/** How often regions were entered, and how many instructions they were paid for. */
export interface Visited {
  readonly visits: number;
  readonly ran: number;
}

export const visitsAt = (linear: DataView, record: number): Visited => {
  const word = (offset: number): number => linear.getUint32(record + offset, true);
  return { visits: word(Visits.count), ran: word(Visits.instructions) + 2 ** 32 * word(Visits.instructions + 4) };
};

/** None so far. */
export const beginVisits = (linear: DataView, record: number): void => {
  linear.setUint32(record + Visits.next, 0, true);
  linear.setUint32(record + Visits.count, 0, true);
  linear.setBigUint64(record + Visits.instructions, 0n, true);
};

export const added = (one: Visited, other: Visited): Visited => ({
  visits: one.visits + other.visits,
  ran: one.ran + other.ran,
});
