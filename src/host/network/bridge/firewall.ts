/**
 * What the host's own packet filter is likely to stop. A packet must pass every table, so isola's accepting it does not help where
 * another table drops it.
 */
import { listNft } from '../programs/nft.ts';

/** Sentences for people, with a remedy each; none on a host whose filter lets traffic pass. */
export const firewallNotes = async (): Promise<readonly string[]> => {
  const strict = (await listNft('chains')).flatMap(({ chain }) => (chain?.policy === 'drop' && chain.family !== 'bridge' ? [chain] : []));
  return strict.flatMap(({ family, table, name, hook }) => {
    const where = `the chain ${name} of the table ${family} ${table} drops what it doesn't know`;
    if (hook === 'forward') return [`${where}: environments reach the outside once it accepts iifname "isola*" and oifname "isola*"`];
    if (hook === 'input') return [`${where}: environments resolve names once it accepts iifname "isola*" to port 53`];
    return [];
  });
};
