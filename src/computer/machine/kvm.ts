/** The kernel's monitor in a machine's jail: whether it has it, and the node that it opens it by. */
import { chownSync, closeSync, openSync, rmSync } from 'node:fs';
import { linuxKvm } from '../../abi/index.ts';
import { makeNode } from '../../host/kernel/libc.ffi.ts';
import { probeKvm } from '../../host/kvm/probe.ts';
import { isRootless } from '../../host/user/index.ts';
import type { Place } from '../../jail/place.ts';
import type { NamedLevel, Shape } from '../process/description.ts';

/** Features that machines have on this host, so that the kernel's processor may take them over; undefined: it runs none. */
export const levelOfKvm = async (): Promise<NamedLevel | undefined> =>
  probeKvm().ok ? (await import('../../kvm/index.ts')).levelHere() : undefined;

/** Whether the kernel's processors, where there are some, have all that a machine's has. */
export const fits = async ({ level }: Shape): Promise<boolean> =>
  level !== undefined && (await import('../../kvm/index.ts')).lackingHere(level).length === 0;

/** S_IFCHR, and for its owner alone. */
const mode = 0o20_600;
/** As glibc packs the numbers: linux Documentation/admin-guide/devices.txt, 10 char. */
const device = (10n << 8n) | 232n;

/**
 * Path of a node that root in the jail may open, and nobody else but the host's: the host's own belongs to a group that is none inside. An ordinary user makes none, and shows the host's, which he may open himself. Undefined where its file
 * system has no devices (nodev).
 */
export const kvmNode = ({ lasting, base }: Pick<Place, 'lasting' | 'base'>): string | undefined => {
  if (isRootless()) return linuxKvm.device;
  const path = `${lasting}/kvm`;
  rmSync(path, { force: true });
  makeNode(path, mode, device);
  chownSync(path, base, base);
  try {
    closeSync(openSync(path, 'r+'));
    return path;
  } catch {
    rmSync(path);
    return undefined;
  }
};
