/** systemd(1), where it is the host's init: units written, enabled and taken away again, each step safe to repeat. */
import { existsSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { makeDirectory, readIfThere, removeTree, writeWhole } from '../file/files.ts';
import { run } from '../program/run.ts';

/** sd_booted(3). */
export const isSystemd = (): boolean => existsSync('/run/systemd/system');

/** Units of the host's administrator: systemd.unit(5), "Unit File Load Path". */
export const unitDirectory = '/etc/systemd/system';

const unitPath = (name: string): string => `${unitDirectory}/${name}`;
const linkPath = (name: string): string => `${unitDirectory}/multi-user.target.wants/${name}`;
/** A drop-in that goes with the boot. */
const armingPath = (name: string): string => `/run/systemd/system/${name}.d`;

export const hasUnit = (name: string): boolean => existsSync(unitPath(name)) || hasLink(name);

/** What is wrong with a unit that should have this text and be enabled; undefined where nothing is. */
export const unitFault = async (name: string, text: string): Promise<string | undefined> => {
  const present = readIfThere(unitPath(name));
  if (present === undefined) return `${name} is missing`;
  if (present !== text) return `${name} is not as isola writes it`;
  if (!hasLink(name)) return `${name} is not enabled`;
  if (existsSync(armingPath(name))) return `${name} was left half enabled`;
  if (!(await isActive(name))) return `${name} is not active, so nothing would be stopped at shutdown`;
  return undefined;
};

/**
 * Writes, enables and activates a unit without starting what it starts at boot: for its activation alone, its start is replaced by
 * nothing. What is active is stopped at shutdown.
 */
export const enableUnit = async (name: string, text: string): Promise<void> => {
  writeWhole(unitPath(name), text, { durable: true });
  if (!hasLink(name)) {
    makeDirectory(`${unitDirectory}/multi-user.target.wants`);
    rmSync(linkPath(name), { force: true });
    symlinkSync(unitPath(name), linkPath(name));
  }
  if (!(await isActive(name))) {
    makeDirectory(armingPath(name));
    writeWhole(`${armingPath(name)}/isola.conf`, '[Service]\nExecStart=\nExecStart=/bin/true\n');
    await systemctl('daemon-reload');
    await systemctl('start', name);
  }
  removeTree(armingPath(name));
  await systemctl('daemon-reload');
};

/** Without its file a unit has nothing to do when it is stopped: environments that run go on. */
export const removeUnit = async (name: string): Promise<void> => {
  rmSync(linkPath(name), { force: true });
  rmSync(unitPath(name), { force: true });
  removeTree(armingPath(name));
  await systemctl('daemon-reload');
  if (await isActive(name)) await systemctl('stop', name);
  // Where it had failed, that is forgotten too; else systemctl complains that it knows no such unit.
  await run('systemctl', ['reset-failed', name], { accept: [0, 1, 5] });
};

const hasLink = (name: string): boolean => {
  try {
    return readlinkSync(linkPath(name)) === unitPath(name);
  } catch {
    return false;
  }
};

/** systemctl(1): is-active ends with 3 for what is not, 4 for what is unknown. */
const isActive = async (name: string): Promise<boolean> =>
  (await run('systemctl', ['is-active', '--quiet', name], { accept: [0, 3, 4] })).code === 0;

const systemctl = async (...args: readonly string[]): Promise<void> => void (await run('systemctl', args));
