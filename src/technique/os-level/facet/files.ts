/** Files in and out of a Virtual Environment, by the busybox that is shown inside. */
import type { Files } from '../../../environment/index.ts';
import { type Applet, busyboxWords, filesBy, unheard, wokenFor } from '../../../jail/facet/files.ts';
import { programsInside } from '../bundle.ts';
import { VirtualEnvironment } from '../environment.ts';
import { exec } from './exec.ts';

export const files = (ve: VirtualEnvironment): Files =>
  filesBy(ve.definition.name, busyboxWords(programsInside.busybox), (applet) => enter(ve, [programsInside.busybox, ...applet]));

const enter = async (ve: VirtualEnvironment, command: readonly string[]): Promise<Applet> => {
  const { phase } = await ve.observe();
  if (phase !== 'stopped') {
    const running = await exec(ve, { command, env: {}, workdir: '/', user: '0', io: { kind: 'pipes' } });
    return { running, leave: async () => running.signal('SIGKILL') };
  }
  const woken = new VirtualEnvironment(wokenFor(ve.definition, { work: 'command', command }), ve.surroundings);
  return { running: await woken.run({ kind: 'pipes' }, unheard), leave: async () => void (await woken.settle()) };
};
