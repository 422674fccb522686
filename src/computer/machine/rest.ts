/** What a machine is told that it is to be, once its kernel and its agent stand. */
import { getRandomValues } from 'node:crypto';
import { type BootDescription, bootText } from '../../agent/index.ts';
import { hostsText, resolvText } from '../../jail/start/names.ts';
import { volumesTag } from '../process/description.ts';
import type { Machine } from './machine.ts';

/** What its kernel calls its network device before it is renamed: the first is the agent's. */
export const networkDevice = 'eth1';
const seedBytes = 32;

/** Its first disk, of so many bytes. */
export const rootOn = (bytes: number): BootDescription['root'] => ({ device: '/dev/nvme0n1', type: 'ext4', readOnly: false, bytes });

export const rest = ({ definition, isHeld, kind, diskBytes }: Machine): Uint8Array => {
  const { spec, template, address } = definition;
  const [path, ...words] = template.config.init;
  return bootText({
    root: rootOn(diskBytes),
    hostname: spec.hostname,
    ...(spec.limits.pids !== undefined && { pids: spec.limits.pids }),
    resolvConf: resolvText(definition),
    hosts: hostsText(definition),
    seed: getRandomValues(new Uint8Array(seedBytes)),
    ...(spec.volumes.length > 0 && {
      volumes: {
        device: volumesTag,
        type: 'virtiofs',
        each: spec.volumes.map(({ target, readOnly }, index) => ({ name: String(index), place: target, readOnly })),
      },
    }),
    ...(address !== null && {
      network: {
        device: networkDevice,
        mac: address.mac,
        name: 'eth0',
        address: `${address.ip}/${address.prefix}`,
        gateway: address.gateway,
      },
    }),
    ...(!isHeld && spec.work === 'system' && path !== undefined && { init: { command: [path, ...words], env: { container: kind } } }),
  });
};
