/** Why a computer's processor can't go on, and where. */
import type { Pause, Pc } from '../board/index.ts';

export const stuck = ({ processor }: Pick<Pc, 'processor'>, exit: Extract<Pause, { why: 'stuck' }>['exit']): string => {
  const why = exit.why === 'unsupported' ? `it wants ${exit.what}, which is not built` : 'a triple fault';
  return `the processor stands still at 0x${processor.rip.toString(16)}: ${why}`;
};
