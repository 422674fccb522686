/** What the process of a machine begins with where the sources are joined: it is a process for that alone, and has no command line to read. */
import { Refusal } from '../../environment/index.ts';
import { runMachine } from './index.ts';

/** Returns the exit status. Signals that end it have its guest stand still at once: who would have it end otherwise asks the agent. */
export const begin = async (path: string): Promise<number> => {
  const ending = new AbortController();
  for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const)
    process.on(name, () => ending.abort(new Refusal('interrupted', ['the machine'])));
  try {
    return await runMachine(path, ending);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`isola: ${error.message}\n`);
    return 1;
  }
};
