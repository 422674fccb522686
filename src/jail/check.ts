/** Refuses what a specification asks of any jail on this host in vain, before anything is made. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Limits, Refusal, type Spec, showBytes } from '../environment/index.ts';
import { mountOptionsOf } from '../host/file/file-system.ts';
import { signalNumber } from '../host/program/signals.ts';
import { isRootless } from '../host/user/index.ts';
import { capabilitiesOf } from './start/confinement.ts';
import { refuseLimits } from './tree.ts';

export interface Bounds {
  /** The least memory and the fewest processes with which something starts. */
  readonly memoryBytes: number;
  readonly pids: number;
  /** Limits that are kept without a control group. */
  readonly keeps?: readonly (keyof Limits)[];
}

export const checkJail = (spec: Spec, store: string, least: Bounds): void => {
  if (spec.userns === 'private' && !isRootless()) refuseClosedPath(store);
  if (mountOptionsOf(store).includes('noexec')) {
    throw new Refusal('store-unusable', [store, 'its file system is mounted noexec, so no program of an environment could run']);
  }
  const { limits, network } = spec;
  if (isRootless()) refuseLimits(limits, least.keeps);
  capabilitiesOf(spec);
  refuseUnknownSignal(spec.stopSignal);
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
  if (limits.memoryBytes !== undefined && limits.memoryBytes < least.memoryBytes) {
    throw new Refusal('limit-too-small', [
      '--memory',
      showBytes(limits.memoryBytes),
      `nothing starts below ${showBytes(least.memoryBytes)}`,
    ]);
  }
  if (limits.pids !== undefined && limits.pids < least.pids) {
    throw new Refusal('limit-too-small', ['--pids', String(limits.pids), `a start alone takes ${least.pids}`]);
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
