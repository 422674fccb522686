/** What is done with an image before it is written: one that wasn't closed may have refcounts that are too small. */
import { Damage } from '../damage.ts';
import type { Sure } from '../file.ts';
import { viewOf } from '../numbers.ts';
import { Field, type Header, Incompatible, readHeader } from './header.ts';
import { refcountTable, writeRefcountTable } from './refcount-table.ts';
import { Claim, References } from './references.ts';

/** Returns the header as it is then. Throws Damage where it is broken beyond that. */
export const readyForWriting = (file: Sure, header: Header): Header => {
  if (header.version === 2) return header;
  if (header.isDirty) countAnew(file, header);
  if (header.autoclear !== 0n) {
    file.write(Field.autoclear, new Uint8Array(8));
    file.barrier();
  }
  return header.isDirty || header.autoclear !== 0n ? readHeader(file) : header;
};

/** All refcounts are counted anew and put behind the end of the file, whatever there was: whoever wrote it last kept them in memory only. */
const countAnew = (file: Sure, { clusterBytes, ...header }: Header): void => {
  const references = new References(file, { clusterBytes, ...header });
  const { counts, claims } = references;
  const wrong = claims.findIndex((claim, cluster) => (claim & Claim.copied) !== 0 && counts[cluster] !== 1);
  if (wrong >= 0) throw new Damage(`${counts[wrong]} entries lead to cluster ${wrong}, and one says that it is the only one`);
  const made = refcountTable({
    ...{ clusterBytes, order: header.refcounts.order, first: counts.length, known: [], clusters: 1 },
    taken: (cluster) => counts[cluster] ?? 0,
  });
  writeRefcountTable(file, made, clusterBytes);
  const start = file.bytes(Field.incompatible, 8);
  viewOf(start).setBigUint64(0, viewOf(start).getBigUint64(0) & ~Incompatible.dirty);
  file.write(Field.incompatible, start);
  file.barrier();
};
