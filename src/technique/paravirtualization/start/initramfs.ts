/** A machine's first file system: the agent, which becomes process 1, and what it makes of the machine. */
import { readFileSync } from 'node:fs';
import { bootArchive, machineArchive } from '../../../agent/index.ts';
import { hostsText, resolvText } from '../../../jail/start/names.ts';
import type { Machine } from '../machine.ts';
import { inside, networkDevice } from './kernel.ts';

/** What apt's own user makes would be root's on hostfs, and closed to him: he is not to be used. */
const asRoot = '// isola: files that others than root make belong to root here.\nAPT::Sandbox::User "root";\n';

export const initramfs = (machine: Machine): Uint8Array => {
  const { definition, surroundings, isHeld } = machine;
  const { spec, template, address } = definition;
  const [path, ...words] = template.config.init;
  const same = machineArchive(readFileSync(`${surroundings.guest}/agent`));
  const own = bootArchive({
    root: { device: 'root', type: 'hostfs', options: inside.root, readOnly: false },
    tools: { type: 'hostfs', options: inside.tools },
    hostname: spec.hostname,
    resolvConf: resolvText(definition),
    hosts: hostsText(definition),
    aptConf: asRoot,
    time: Date.now(),
    ...(spec.volumes.length > 0 && {
      volumes: {
        directory: inside.volumes,
        each: spec.volumes.map(({ target, readOnly }, index) => ({ name: String(index), place: target, readOnly })),
      },
    }),
    ...(address !== null && {
      network: { device: networkDevice, name: 'eth0', address: `${address.ip}/${address.prefix}`, gateway: address.gateway },
    }),
    ...(!isHeld && spec.work === 'system' && path !== undefined && { init: { command: [path, ...words], env: { container: 'uml' } } }),
  });
  return Buffer.concat([same, own]);
};
