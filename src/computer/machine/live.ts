/** A machine that runs goes on with the processor of another technique. */
import { Refusal } from '../../environment/index.ts';
import { writeWhole } from '../../host/file/files.ts';
import type { Processor } from '../process/description.ts';
import { ask } from './ask.ts';
import { type Machine, processorIn } from './machine.ts';

/** Returns for how long it stood still, for people. Throws a Refusal where it goes on as before. */
export const takeLive = async (machine: Machine): Promise<string> => {
  const { name } = machine.definition;
  if (machine.group.isFrozen()) throw new Refusal('phase', [name, 'paused', 'given another processor', `isola resume ${name} first`]);
  const { processor, stoodMs } = await takeBest(machine);
  writeWhole(processorIn(machine.place.running), processor);
  return `${name} stood still for ${stoodMs} ms`;
};

interface Taken {
  readonly processor: Processor;
  readonly stoodMs: string;
}

/** Where the kernel's can't take it over, it is the next best one. */
const takeBest = async (machine: Machine): Promise<Taken> => {
  const best = await machine.chooseProcessor();
  try {
    return await take(machine, best);
  } catch (error) {
    if (best !== 'kvm' || !(error instanceof Refusal)) throw error;
    return take(machine, await machine.chooseProcessor({ ok: false, why: error.message }));
  }
};

const take = async (machine: Machine, processor: Processor): Promise<Taken> => {
  const { name, spec } = machine.definition;
  const refuse = (why: string, options?: ErrorOptions): Refusal =>
    new Refusal('facet-absent', [spec.technique, `to take over ${name} as it runs`, `${why}: without --live it is started again`], options);
  return { processor, stoodMs: await ask(machine, `processor ${processor}`, refuse) };
};

/** Writes down which one it has, where the kernel's may have been refused to it in its jail. */
export const noteProcessor = async (machine: Machine): Promise<void> => {
  const { name } = machine.definition;
  const answer = await ask(machine, 'processor', (why, options) => new Refusal('start-refused', [name, why], options));
  writeWhole(processorIn(machine.place.running), answer.split(' ')[0] ?? '');
};
