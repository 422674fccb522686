/** Whether an image is sound, as `qemu-img check` has it. */
import type { Sure } from '../file.ts';
import { viewOf } from '../numbers.ts';
import { placeOf } from './entry.ts';
import { readHeader } from './header.ts';
import { refcountAt, refcountsIn } from './refcount.ts';
import { Claim, References } from './references.ts';

export interface Soundness {
  /** What is wrong, in clauses; some, where it is much. */
  readonly corruptions: readonly string[];
  /** Clusters that are taken by more than lead to them. */
  readonly leaks: number;
}

const mostTold = 20;

/** Throws Damage where it can't be told, for it is broken. */
export const checkQcow2 = (file: Sure): Soundness => {
  const header = readHeader(file);
  const { clusterBytes, refcounts } = header;
  const references = new References(file, header);
  const inBlock = refcountsIn(clusterBytes, refcounts.order);
  references.add(refcounts.at, refcounts.clusters * clusterBytes);
  const table = viewOf(file.bytes(refcounts.at, refcounts.clusters * clusterBytes));
  const blocks = new Map<number, DataView>();
  for (let entry = 0; entry * 8 < table.byteLength; entry++) {
    const at = placeOf(table.getUint32(entry * 8), table.getUint32(entry * 8 + 4));
    if (at === 0) continue;
    references.add(at, clusterBytes);
    blocks.set(entry, viewOf(file.bytes(at, clusterBytes)));
  }
  const countOf = (cluster: number): number => {
    const block = blocks.get(Math.floor(cluster / inBlock));
    return block === undefined ? 0 : refcountAt(block, cluster % inBlock, refcounts.order);
  };
  const corruptions: string[] = [];
  let leaks = 0;
  for (const [cluster, wanted] of references.counts.entries()) {
    const count = countOf(cluster);
    if (count > wanted) leaks++;
    if (count < wanted) corruptions.push(`cluster ${cluster} has the refcount ${count}, and ${wanted} lead to it`);
  }
  for (const [cluster, claim] of references.claims.entries()) {
    const isAlone = countOf(cluster) === 1;
    if ((claim & (isAlone ? Claim.shared : Claim.copied)) !== 0)
      corruptions.push(`cluster ${cluster} has the refcount ${countOf(cluster)}, and an entry says otherwise`);
  }
  return { corruptions: corruptions.slice(0, mostTold), leaks };
};
