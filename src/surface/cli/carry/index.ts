/** Which way each command goes: to data, to a program inside, or its own. Each is loaded when it is needed. */
import type { VerbName } from '../../../environment/command/index.ts';
import type { DataVerb } from '../../../environment/index.ts';
import type { Carrier } from './errand.ts';

type PassingVerb = Exclude<VerbName, DataVerb>;

const program = async (): Promise<Carrier> => (await import('./program.ts')).carryProgram;

const special: { readonly [V in PassingVerb | 'stats']: () => Promise<Carrier> } = {
  run: program,
  boot: async () => (await import('./boot.ts')).carryBoot,
  exec: program,
  shell: program,
  console: async () => (await import('./console.ts')).carryConsole,
  logs: async () => (await import('./logs.ts')).carryLogs,
  stats: async () => (await import('./stats.ts')).carryStats,
  completion: async () => (await import('./own.ts')).carryCompletion,
  complete: async () => (await import('./own.ts')).carryComplete,
  reap: async () => (await import('./own.ts')).carryReap,
  machine: async () => (await import('./own.ts')).carryMachine,
};

export const carrierOf = async (name: VerbName): Promise<Carrier> => {
  const load = Object.hasOwn(special, name) ? special[name as keyof typeof special] : undefined;
  return load ? await load() : (await import('./data.ts')).carryData;
};

/** Whether the exit status is that of a program inside. */
export const endsAsProgram = (name: VerbName | undefined): boolean => name === 'run' || name === 'exec' || name === 'shell';
