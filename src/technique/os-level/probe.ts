/** Can this host run Virtual Environments, and if not, what is missing? */
import type { Verdict } from '../../environment/index.ts';
import { probeJail } from '../../jail/probe.ts';

export const probe = (): Verdict => {
  const jail = probeJail();
  return jail.ok ? { ok: true, notes: [`namespaces, ${jail.notes.join(', ')}, crun`] } : jail;
};
