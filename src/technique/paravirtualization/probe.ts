/** Can this host run User-Mode Linux, and if not, what is missing? */
import { existsSync, realpathSync } from 'node:fs';
import type { Verdict } from '../../environment/index.ts';
import { pathOf } from '../../host/program/programs.ts';
import { probeJail } from '../../jail/probe.ts';
import { kernelProgram, modulesOf, releaseOf } from './start/programs.ts';

/** Vector network devices that take a descriptor: linux 5.7, arch/um/drivers/vector_transports.c. */
const oldest = [5, 7] as const;

/** `guest`: where the agent and its relay are. */
export const probe = async (guest: string): Promise<Verdict> => {
  if (process.arch !== 'x64') {
    return { ok: false, missing: `User-Mode Linux runs on x86-64, and this is ${process.arch}`, remedy: 'isola run --technique os-level' };
  }
  const jail = probeJail([kernelProgram]);
  if (!jail.ok) return jail;
  for (const program of ['agent', 'relay', 'share']) {
    if (!existsSync(`${guest}/${program}`)) return { ok: false, missing: `${guest}/${program} is not built`, remedy: './isola setup' };
  }
  const version = await releaseOf(kernelProgram);
  if (version === undefined) {
    return { ok: false, missing: `${kernelProgram} tells no version`, remedy: 'apt-get install --reinstall user-mode-linux' };
  }
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    const missing = `its kernel ${version} is too old: the line to the agent needs ${oldest.join('.')}`;
    return { ok: false, missing, remedy: 'apt-get install user-mode-linux of Debian 11 or later' };
  }
  if ((await modulesOf(realpathSync(pathOf(kernelProgram) ?? kernelProgram))) === undefined) {
    return { ok: false, missing: `its kernel ${version} has no module virtiofs`, remedy: 'apt-get install --reinstall user-mode-linux' };
  }
  return { ok: true, notes: [`User-Mode Linux ${version}, ${jail.notes.join(', ')}`] };
};
