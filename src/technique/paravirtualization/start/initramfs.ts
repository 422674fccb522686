/** A machine's first file system: the agent, which becomes process 1, and what it makes of the machine. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { bootArchive, machineArchive } from '../../../agent/index.ts';
import { idsHere } from '../../../host/user/index.ts';
import { hostsText, resolvText } from '../../../jail/start/names.ts';
import type { Machine } from '../machine.ts';
import { inside } from './inside.ts';
import { networkDevice } from './kernel.ts';
import { shares } from './shares.ts';

/**
 * Where an ordinary user has one id alone, what apt's own user makes is root's (docs/without-root.md), and closed to him: he is not to be used.
 */
const asRoot = '// isola: files that others than root make belong to root here.\nAPT::Sandbox::User "root";\n';

/**
 * systemd.io, CONTAINER_INTERFACE. The getty that containers have on /dev/console would contend with the one on tty1: systemd-debug-generator(8). In a container
 * systemd doesn't look at the kernel's command line: systemd's docs/ENVIRONMENT.md has this variable in its place.
 */
const systemEnv = { container: 'uml', SYSTEMD_PROC_CMDLINE: 'systemd.mask=console-getty.service' } as const;

/** `modules`: paths of what the kernel needs to reach its files, in the order in which it loads them. */
export const initramfs = (machine: Machine, modules: readonly string[]): Uint8Array => {
  const { definition, surroundings, isHeld } = machine;
  const { spec, template, address } = definition;
  const [path, ...words] = template.config.init;
  const same = machineArchive(readFileSync(`${surroundings.guest}/agent`));
  const own = bootArchive({
    modules: modules.map((path) => ({ name: basename(path), bytes: readFileSync(path) })),
    root: { device: shares.root.tag, type: 'virtiofs', readOnly: false },
    tools: { type: 'hostfs', options: inside.tools },
    hostname: spec.hostname,
    resolvConf: resolvText(definition),
    hosts: hostsText(definition),
    ...(idsHere() === 1 && { aptConf: asRoot }),
    time: Date.now(),
    ...(spec.volumes.length > 0 && {
      volumes: {
        device: shares.volumes.tag,
        type: 'virtiofs',
        each: spec.volumes.map(({ target, readOnly }, index) => ({ name: String(index), place: target, readOnly })),
      },
    }),
    ...(address !== null && {
      network: { device: networkDevice, name: 'eth0', address: `${address.ip}/${address.prefix}`, gateway: address.gateway },
    }),
    ...(!isHeld && spec.work === 'system' && path !== undefined && { init: { command: [path, ...words], env: systemEnv } }),
  });
  return Buffer.concat([same, own]);
};
