/** What /etc/resolv.conf says inside: resolv.conf(5). */
import { readIfThere } from '../../file/files.ts';

/** Where the host's own name servers stand; the second has the real ones where the first names systemd-resolved's stub. */
export const resolvFiles = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'] as const;

/** For an environment on the bridge. */
export const bridgeResolv = (gateway: string): string => `nameserver ${gateway}\nsearch isola\n`;

/**
 * For an environment in the host's own network: the host's file. Where it names loopback resolvers alone and systemd-resolved
 * knows the real ones, those, because a loopback stub may go away with a service of the host.
 */
export const hostResolv = (): string => {
  const [own, real] = resolvFiles.map((file) => readIfThere(file) ?? '') as [string, string];
  const isLoopback = (server: string): boolean => server.startsWith('127.') || server === '::1';
  const stubOnly = nameservers(own).every(isLoopback) && !nameservers(real).every(isLoopback);
  return stubOnly ? real : own;
};

export const nameservers = (text: string): readonly string[] =>
  [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, server]) => server ?? '');
