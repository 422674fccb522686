/** A machine that runs goes on with the processor of another technique. */
import { Refusal } from '../../environment/index.ts';
import { writeWhole } from '../../host/file/files.ts';
import { ask } from './ask.ts';
import { type Machine, processorIn } from './machine.ts';

/** Returns for how long it stood still, for people. Throws a Refusal where it goes on as before. */
export const takeLive = async (machine: Machine): Promise<string> => {
  const { name, spec } = machine.definition;
  if (machine.group.isFrozen()) throw new Refusal('phase', [name, 'paused', 'given another processor', `isola resume ${name} first`]);
  const processor = await machine.chooseProcessor();
  const stoodMs = await ask(
    machine,
    `processor ${processor}`,
    (why, options) =>
      new Refusal(
        'facet-absent',
        [spec.technique, `to take over ${name} as it runs`, `${why}: without --live it is started again`],
        options,
      ),
  );
  writeWhole(processorIn(machine.place.running), processor);
  return `${name} stood still for ${stoodMs} ms`;
};
