/**
 * IPv4 forwarding is one switch for all of the host. Who turned it on says so in its bridge's alias, the next bridge inherits the
 * note, and the last turns it off again: unless other bridges are there by then, whose owners may have come to rely on it.
 */
import { ipJson, readSysctl, writeSysctl } from '../programs/iproute.ts';
import { type BridgePlan, bridgeLinks, forwardingSysctl } from './plan.ts';

/** `ip link show` displays it. */
export const turnedOnNote = 'isola turned net.ipv4.ip_forward on';

export interface BridgeLink {
  readonly ifname: string;
  readonly ifalias?: string;
}

/** All bridges of this network namespace, isola's and others. */
export const listBridges = (): Promise<readonly BridgeLink[]> => ipJson<BridgeLink>(['link', 'show', 'type', 'bridge']);

/** Whether this bridge has to carry the note. */
export const owesForwarding = ({ link }: BridgePlan, bridges: readonly BridgeLink[]): boolean =>
  readSysctl(forwardingSysctl) !== '1' ||
  bridges.some(({ ifname, ifalias }) => ifname !== link && ifalias === turnedOnNote && bridgeLinks.test(ifname));

export const turnOnForwarding = (): void => writeSysctl(forwardingSysctl, '1');

/** To be called before the bridge goes. Returns whether it turned forwarding off. */
export const turnOffForwarding = async ({ link }: BridgePlan): Promise<boolean> => {
  const bridges = await listBridges();
  const owes = bridges.some(({ ifname, ifalias }) => ifname === link && ifalias === turnedOnNote);
  if (!owes || bridges.length > 1) return false;
  writeSysctl(forwardingSysctl, '0');
  return true;
};

/** After the bridge is gone: another store's may have come up meanwhile, which saw forwarding on. */
export const settleForwarding = async (): Promise<void> => {
  if ((await listBridges()).some(({ ifname }) => bridgeLinks.test(ifname))) turnOnForwarding();
};
