/** A cable laid by who holds the environment's network namespace, without a program that had to be started for it: guest/usher, hold.c. */
import { macOf } from '../address/subnet.ts';
import { type BridgePlan, portLink } from '../bridge/plan.ts';
import type { CabledPort } from './cable.ts';
import { addElements } from './elements.ts';
import type { PortRecord } from './record.ts';

/** Gives the holder an order; throws what the kernel refused. */
export type Ask = (order: string) => Promise<void>;

/** Does what `layCable` does, with everything the packet filter is to know, but sets no rate. */
export const layByHolder = async (plan: BridgePlan, port: CabledPort & Pick<PortRecord, 'publish'>, ask: Ask): Promise<void> => {
  const { slot, ip, isBare } = port;
  const [link, mac] = [portLink(plan, slot), macOf(ip)];
  await ask(`cable ${link} ${plan.link} ${mac}`);
  if (port.publish.length > 0 || !(await isAdmitted(ask, `guard ${link} ${plan.table} ${mac} ${ip}`))) await addElements(plan, port);
  await ask(isBare ? 'bare' : `end ${ip} ${plan.prefix} ${plan.gateway} ${macOf(plan.gateway)}`);
};

/** Where the tables are gone, nft(8) is told, which mends them. */
const isAdmitted = (ask: Ask, order: string): Promise<boolean> =>
  ask(order).then(
    () => true,
    () => false,
  );
