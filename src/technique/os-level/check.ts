/** Refuses what a specification asks of this host in vain, before anything is made. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Refusal, type Spec, showBytes } from '../../environment/index.ts';
import { readHierarchies } from '../../host/cgroup/index.ts';
import { mountOptionsOf } from '../../host/file/file-system.ts';
import { signalNumber } from '../../host/program/signals.ts';
import { capabilitiesOf } from '../../jail/start/confinement.ts';

/** The runtime itself passes through the environment's limits on its way in. */
const memoryLeast = 4 * 1024 ** 2;
const pidsLeast = 4;

export const check = (spec: Spec, store: string): void => {
  if (spec.userns === 'private') refuseClosedPath(store);
  if (mountOptionsOf(store).includes('noexec')) {
    throw new Refusal('store-unusable', [store, 'its file system is mounted noexec, so no program of an environment could run']);
  }
  const { limits, network } = spec;
  capabilitiesOf(spec);
  refuseUnknownSignal(spec.stopSignal);
  if (spec.work === 'system' && spec.userns === 'host') {
    const why = 'it would need CAP_SYS_ADMIN among the host’s own user ids';
    throw new Refusal('facet-absent', ['os-level', 'an init system without a user namespace of its own', `${why}: leave --userns away`]);
  }
  if (network !== 'bridge') {
    const only = (what: string): Refusal =>
      new Refusal('usage', [`${what} goes with --network bridge, not ${network}`, `leave one of the two away`]);
    if (spec.publish.length > 0) throw only('--publish');
    if (spec.address !== null) throw only('--ip');
    if (limits.networkBits !== undefined) throw only('--net-rate');
  }
  if (limits.swapBytes !== undefined && limits.memoryBytes === undefined) {
    throw new Refusal('usage', ['--swap is counted beyond --memory, which is not given', 'give --memory too']);
  }
  if (limits.memoryBytes !== undefined && limits.memoryBytes < memoryLeast) {
    throw new Refusal('limit-too-small', ['--memory', showBytes(limits.memoryBytes), `nothing starts below ${showBytes(memoryLeast)}`]);
  }
  if (limits.pids !== undefined && limits.pids < pidsLeast) {
    throw new Refusal('limit-too-small', ['--pids', String(limits.pids), `a start alone takes ${pidsLeast}`]);
  }
  if (spec.work === 'system' && readHierarchies().unified === undefined) {
    const remedy = 'mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified';
    throw new Refusal('technique-absent', [
      'os-level',
      'its systemd needs the unified control group hierarchy, which is not mounted',
      remedy,
    ]);
  }
};

const refuseUnknownSignal = (name: string): void => {
  try {
    signalNumber(name);
  } catch (error) {
    throw new Refusal('malformed-value', ['--stop-signal', name, 'signal(7) lists them'], { cause: error });
  }
};

/** Environments have user ids of their own, which must get through to their root file systems. */
const refuseClosedPath = (store: string): void => {
  for (let path = store; path !== '/'; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) !== 0) continue;
    throw new Refusal('store-unusable', [
      store,
      `${path} lets no other users through, and environments are other users (chmod o+x ${path})`,
    ]);
  }
};
