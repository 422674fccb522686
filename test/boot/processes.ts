/** Processor time of the processes that run a guest's programs as they are. */
import { readFileSync } from 'node:fs';

/** Of this process' children's children, those that have ended included, in hundredths of a second: proc(5), /proc/PID/stat. */
export const usedByPrograms = (): number => childrenOf(process.pid).reduce((sum, keeper) => sum + usedBy(keeper), 0);

const usedBy = (keeper: number): number => {
  const times = (pid: number): readonly number[] =>
    readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ')
      .slice(11, 15)
      .map(Number);
  const [, , ended = 0] = times(keeper);
  return childrenOf(keeper).reduce((sum, child) => sum + (times(child)[0] ?? 0), ended);
};

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
