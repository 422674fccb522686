/** One command in a machine that was started for it, with the caller's streams. */
import type { Io, Running } from '../environment/index.ts';
import { writeBackSoon } from './agent.ts';
import { exec } from './exec.ts';
import type { GuestMachine } from './machine.ts';

export const run = async (machine: GuestMachine, io: Io): Promise<Running> => {
  const { spec } = machine.definition;
  const running = await exec(machine, { command: spec.command, env: {}, workdir: undefined, user: undefined, io });
  if (spec.ephemeral) return running;
  return {
    ...running,
    exit: running.exit.then(async (exit) => {
      await writeBackSoon(machine);
      return exit;
    }),
  };
};
