/** One turn of a processor, for who is told of it: what its guest, or another processor, wants done at its begin and at its end. */
import type { Processor } from '../cpu/index.ts';
import { Activity, State } from '../isa/index.ts';
import type { Exit, Turn } from '../machine/index.ts';

type Turning = Pick<Processor, 'state' | 'flush' | 'apic'>;

export const runTurn = (processor: Turning, turn: Turn | undefined, run: () => Exit): Exit => {
  if (turn === undefined) return run();
  // Of a program's pages: a kernel's own, which are global, are never flushed so (linux arch/x86/mm/tlb.c, flush_tlb_all).
  if (turn.begin()) processor.flush(true);
  if (turn.isKicked && activityOf(processor) === Activity.halted) {
    turn.takeKick();
    processor.state.setUint32(State.activity, Activity.active, true);
  }
  const exit = run();
  // Who rests waits for nothing: marked, it would be no place for tasks, and a boot of four processors took 1.36 times as many instructions.
  if (activityOf(processor) === Activity.active) turn.end();
  // It was kicked before its HLT: it goes on behind that.
  return exit.why === 'halt' && turn.isKicked ? { why: 'budget' } : exit;
};

/** Whether it would go on if it were its turn: it doesn't rest, or something came that ends that. */
export const isReady = (processor: Turning): boolean => {
  const activity = activityOf(processor);
  return activity === Activity.active || (activity === Activity.halted && processor.apic.state.highest('irr') !== 0);
};

const activityOf = ({ state }: Turning): number => state.getUint32(State.activity, true);
