/** Debian with an init system, from the host's own apt sources. */
import { readFileSync } from 'node:fs';
import { Refusal } from '../../environment/index.ts';
import { idsHere } from '../../host/user/index.ts';
import type { Shop } from '../catalog/shop.ts';
import { debsSubject } from '../removal/left-over.ts';
import { hostSources, linesFor } from './apt-sources.ts';
import { debootstrap, requirePrograms } from './mmdebstrap.ts';
import type { Recipe } from './recipe.ts';

const codenames = { 'debian/11': 'bullseye', 'debian/12': 'bookworm', 'debian/13': 'trixie' } as const;
export type DebianImage = keyof typeof codenames;

/**
 * Beyond Debian's minimum: an init with its message bus and login sessions (systemctl, loginctl and console logins need them),
 * and what people look at a system with.
 */
const systemPackages = ['systemd', 'systemd-sysv', 'dbus', 'libpam-systemd', 'login', 'passwd', 'iproute2', 'procps'];

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

export interface DebianOrder {
  readonly image: DebianImage;
  readonly include: readonly string[];
  readonly mirror: string | undefined;
}

export const debian = (shop: Shop, { image, include, mirror }: DebianOrder): Recipe => {
  requirePrograms();
  const suite = codenames[image];
  const sources = mirror === undefined ? hostLines(image, suite) : mirrorLines(mirror, suite);
  const extra = include.flatMap((list) => list.split(',')).map((name) => parsePackage(name.trim()));
  const packages = [...systemPackages, ...extra];
  // Equal packages give equal files and so, within a day, an equal digest.
  const epoch = Math.floor(Date.now() / 86_400_000) * 86_400;
  return {
    source: `built by mmdebstrap from ${mirror ?? 'this host’s apt sources'}${extra.length === 0 ? '' : ` with ${extra.join(', ')}`}`,
    createdBy: `isola image build ${image}${extra.length === 0 ? '' : ` --include ${extra.join(',')}`}`,
    created: new Date(epoch * 1000).toISOString(),
    cmd: ['/bin/bash'],
    // systemd(1), "Signals": starts halt.target.
    stopSignal: 'SIGRTMIN+3',
    work: (workspace, call, take) =>
      shop.locks.hold(
        debsSubject(suite),
        'image build',
        () =>
          take(
            debootstrap(
              { image, suite, sources, packages, epoch, cache: `${shop.place.debs}/${suite}`, workspace, pretend: pretending(shop) },
              call,
            ),
          ),
        {
          signal: call.signal,
          onWait: (verb, pid) => call.say(`isola ${verb} (process ${pid}) is downloading packages of ${suite}: waiting for it`),
        },
      ),
  };
};

/** An ordinary user's namespace may lack ids that Debian's packages give files to. */
const pretending = ({ programs }: Shop): string | undefined => (idsHere() < 65_536 ? `${programs}/pretend` : undefined);

const hostLines = (image: string, suite: string): readonly string[] => {
  const codename = /^VERSION_CODENAME=["']?([a-z]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  const lines = linesFor(hostSources(), codename, suite);
  if (lines.length > 0) return lines;
  const why = `the apt sources of this host name no Debian release "${codename}" to start from`;
  throw new Refusal('build-failed', [image, why, 'name a mirror: --mirror http://deb.debian.org/debian']);
};

const mirrorLines = (mirror: string, suite: string): readonly string[] => {
  if (!/^(?:https?|file|ftp):\/\/?[!-~]+$/.test(mirror) || /[[\]"'\\]/.test(mirror))
    throw new Refusal('malformed-value', ['--mirror', mirror, 'write it like http://deb.debian.org/debian']);
  return [`deb [signed-by=${keyring}] ${mirror} ${suite} main`];
};

/** Debian Policy 5.6.7, with an architecture or a version as apt-get(8) takes them. */
const parsePackage = (name: string): string => {
  if (!/^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?(?:=[A-Za-z0-9.+:~-]+)?$/.test(name))
    throw new Refusal('malformed-value', ['--include', name, 'write Debian package names, separated by commas']);
  return name;
};
