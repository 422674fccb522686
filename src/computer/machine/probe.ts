/** Can this host run an emulated machine as an environment, and if not, what is missing? */
import { existsSync } from 'node:fs';
import type { Verdict } from '../../environment/index.ts';
import { probeJail } from '../../jail/probe.ts';

/** `guest`: where the agent and its relay are. */
export const probe = async (guest: string): Promise<Verdict> => {
  if (process.arch !== 'x64') {
    const missing = `its agent is built for the host’s processor, an ${process.arch}, and the machine’s is an x86-64`;
    return { ok: false, missing, remedy: 'isola boot emulates any system on this host; isola run --technique os-level' };
  }
  const jail = probeJail(['mke2fs', 'ldd', 'apt-get', 'dpkg-deb', 'lz4']);
  if (!jail.ok) return { ...jail, remedy: `${jail.remedy}; a computer without a jail has isola boot` };
  for (const program of ['agent', 'relay', 'cable', 'share']) {
    if (!existsSync(`${guest}/${program}`)) return { ok: false, missing: `${guest}/${program} is not built`, remedy: './isola setup' };
  }
  return { ok: true, notes: [`an emulated PC, ${jail.notes.join(', ')}`] };
};
