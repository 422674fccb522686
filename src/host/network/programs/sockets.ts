/** Which ports of the host are in use, and by whom: ss(8). */
import { run } from '../../program/run.ts';

export interface Listener {
  /** Its own address; 0.0.0.0 for every one. */
  readonly address: string;
  /** For people: `nginx (process 812)`. */
  readonly owner: string;
  readonly pid: number | null;
}

/** Who listens on a port. A dual-stack socket of IPv6 listens on every IPv4 address too, and is shown as 0.0.0.0. */
export const listeners = async (protocol: 'tcp' | 'udp', port: number): Promise<readonly Listener[]> => {
  const { stdout } = await run('ss', ['-Hlnp', protocol === 'tcp' ? '-t' : '-u', 'sport', '=', `:${port}`]);
  return stdout.split('\n').flatMap((line) => {
    const local = line.trim().split(/\s+/)[3];
    if (local === undefined) return [];
    const [, name, pid] = /"([^"]*)",pid=(\d+)/.exec(line) ?? [];
    const owner = name === undefined ? 'another process of this host' : `${name} (process ${pid})`;
    const address = local.slice(0, local.lastIndexOf(':')).replace(/%.*/, '');
    return [{ address: ['*', '[::]'].includes(address) ? '0.0.0.0' : address, owner, pid: pid === undefined ? null : Number(pid) }];
  });
};
