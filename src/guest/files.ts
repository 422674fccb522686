/** Files in and out of a machine, by its agent: by what it does itself, and by the busybox it carries. */
import type { ExecRequest, Files } from '../environment/index.ts';
import { type Applet, type FileWords, filesBy, unheard, wokenFor } from '../jail/facet/files.ts';
import { exec } from './exec.ts';
import type { GuestMachine } from './machine.ts';

export const files = (machine: GuestMachine): Files => filesBy(machine.definition.name, ownWords, (applet) => enter(machine, applet));

const ownWords: FileWords = {
  kind: (path) => ['kind', path],
  unpack: (directory) => ['unpack', directory],
  pack: (path) => ['pack', path],
};

const enter = async (machine: GuestMachine, command: readonly string[]): Promise<Applet> => {
  const request: ExecRequest = { command, env: {}, workdir: '/', user: '0', io: { kind: 'pipes' } };
  const way = (command[0] ?? '') in ownWords ? { own: true } : { tool: true };
  const { phase } = await machine.observe();
  if (phase !== 'stopped') {
    const running = await exec(machine, request, way);
    return { running, leave: async () => running.signal('SIGKILL') };
  }
  const woken = machine.as(wokenFor(machine.definition, { work: 'hold', command: [] }));
  await woken.start(unheard);
  const running = await exec(woken, request, way);
  return {
    running,
    leave: async () => {
      running.signal('SIGKILL');
      // What it wrote must be on the host before it goes.
      await woken.stop(wokenGraceMs, unheard.signal);
      await woken.settle();
    },
  };
};

const wokenGraceMs = 10_000;
