/** Processes of the host, as tests look at them. */
import { readFileSync } from 'node:fs';

/** A process and all that it has started. */
export const below = (pid: number): readonly number[] => [
  pid,
  ...readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((child) => below(Number(child))),
];
