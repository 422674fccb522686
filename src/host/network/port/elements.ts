/** What the packet filter knows of a port, changed one transaction at a time. */
import type { Publish } from '../../../environment/index.ts';
import type { BridgePlan } from '../bridge/plan.ts';
import { additionText, deletionText, elementsOf, type FilteredPort, publishedElements } from '../bridge/ruleset.ts';
import { linkExists } from '../programs/iproute.ts';
import { type NftFault, tryNft } from '../programs/nft.ts';

export const addElements = async (plan: BridgePlan, port: FilteredPort): Promise<void> => {
  const fault = await tryNft(additionText(elementsOf(plan, port)));
  if (fault) await mend(plan, port, fault);
};

/** The port's record must name both the ports it had and those it gets. */
export const exchangePublished = async (plan: BridgePlan, port: FilteredPort, removed: readonly Publish[]): Promise<void> => {
  const deletion = deletionText(publishedElements(plan, port.ip, removed));
  const fault = await tryNft(`${deletion}\n${additionText(publishedElements(plan, port.ip, port.publish))}`);
  if (fault) await mend(plan, port, fault);
};

export const removeElements = async (plan: BridgePlan, port: FilteredPort): Promise<void> => {
  const elements = elementsOf(plan, port);
  const fault = await tryNft(deletionText(elements));
  if (fault === undefined || fault.kind === 'absent') return;
  if (fault.kind !== 'taken') throw fault.refusal;
  // One of the host ports is another's by now, and stays so. The others go one by one.
  for (const element of elements) {
    const alone = await tryNft(deletionText([element]));
    if (alone?.kind === 'other') throw alone.refusal;
  }
};

/** Where somebody flushed the tables, they are made anew from the records. Where somebody took a port first, this finds out who. */
const mend = async (plan: BridgePlan, port: FilteredPort, fault: NftFault): Promise<void> => {
  if (fault.kind === 'absent' && linkExists(plan.link)) return (await import('../bridge/bridge.ts')).raiseTables(plan, port.slot);
  if (fault.kind === 'taken') await (await import('./publish.ts')).refuseTakenPorts(plan, port.publish);
  throw fault.refusal;
};
