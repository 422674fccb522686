/** Kernels that begin by PVH: Xen's docs/misc/pvh.pandoc; Linux and others have the note. */
import type { Elf, Segment } from '../elf.ts';

/** XEN_ELFNOTE_PHYS32_ENTRY: xen/include/public/elfnote.h. */
const entryNote = 18;

export interface Pvh {
  readonly protocol: 'pvh';
  readonly entry: number;
  readonly segments: readonly Segment[];
}

/** Undefined where it has no such note. */
export const readPvh = ({ notes, segments }: Elf): Pvh | undefined => {
  const note = notes.find(({ owner, kind }) => owner === 'Xen' && kind === entryNote);
  if (note === undefined || note.data.length < 4 || segments.length === 0) return undefined;
  const { buffer, byteOffset, byteLength } = note.data;
  return { protocol: 'pvh', entry: new DataView(buffer, byteOffset, byteLength).getUint32(0, true), segments };
};
