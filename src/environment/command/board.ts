/** Which chips a computer has. */
import { Refusal } from '../refusal.ts';

const boards = ['pc', 'microvm'] as const;

export type BoardChoice = (typeof boards)[number];

export const parseBoard = (text: string): BoardChoice => {
  const found = boards.find((one) => one === text);
  if (found === undefined) throw new Refusal('malformed-value', ['--board', text, 'write pc or microvm']);
  return found;
};
