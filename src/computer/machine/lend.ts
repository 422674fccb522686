/** How much memory a machine that runs has: its kernel lends the host what it shall do without, and gets it back. */
import { type Limits, Refusal, showBytes } from '../../environment/index.ts';
import { converse } from '../../guest/agent.ts';
import { ask } from './ask.ts';
import type { Machine } from './machine.ts';
import { givenTo } from './memory.ts';

/** A kernel that lends its last has none for itself: of Linux 6.1 that then finds no process to end, "System is deadlocked on memory" was seen. */
const reserveBytes = 8 * 1024 ** 2;

/** Returns once it is so. Throws `limit-too-small` where more than that is in use, `fixed-while-running` for more than it was switched on with. */
export const lend = async (machine: Machine, limits: Limits): Promise<void> => {
  const { name, spec } = machine.definition;
  if (machine.group.isFrozen()) throw new Refusal('phase', [name, 'paused', 'given another memory', `isola resume ${name} first`]);
  const [before, wanted] = [givenTo(spec.limits), givenTo(limits)];
  const tooSmall = (why: string, options?: ErrorOptions): Refusal =>
    new Refusal('limit-too-small', ['--memory', showBytes(wanted), why], options);
  if (wanted < before) {
    const inUse = await usedIn(machine);
    if (inUse + reserveBytes > wanted) throw tooSmall(`${showBytes(inUse)} are in use`);
  }
  await ask(machine, `memory ${wanted}`, (why, options) =>
    wanted > before
      ? new Refusal('fixed-while-running', [name, 'the memory beyond what it was switched on with'], options)
      : tooSmall(why, options),
  );
};

/** What programs inside have, and its kernel couldn't do without: proc(5), MemAvailable. */
const usedIn = async (machine: Machine): Promise<number> => {
  using conversation = await converse(machine);
  const { 'memory-total': total = 0, 'memory-available': available = 0 } = await conversation.session.stats();
  return total - available;
};
