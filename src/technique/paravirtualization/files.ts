/** Files in and out of a machine, by the busybox its agent carries. */
import type { ExecRequest, Files } from '../../environment/index.ts';
import { type Applet, filesBy, unheard, wokenFor } from '../../jail/facet/files.ts';
import { exec } from './exec.ts';
import { Machine } from './machine.ts';

export const files = (machine: Machine): Files => filesBy(machine.definition.name, 'busybox', (applet) => enter(machine, applet));

const enter = async (machine: Machine, command: readonly string[]): Promise<Applet> => {
  const request: ExecRequest = { command, env: {}, workdir: '/', user: '0', io: { kind: 'pipes' } };
  const { phase } = await machine.observe();
  if (phase !== 'stopped') {
    const running = await exec(machine, request, { tool: true });
    return { running, leave: async () => running.signal('SIGKILL') };
  }
  const woken = new Machine(wokenFor(machine.definition, { work: 'hold', command: [] }), machine.surroundings);
  await woken.start(unheard);
  const running = await exec(woken, request, { tool: true });
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
