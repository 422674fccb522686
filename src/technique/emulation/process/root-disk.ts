/** The disk that a machine has its root file system on. */
import { openSync, statSync } from 'node:fs';
import { createQcow2 } from '../../../disk/index.ts';
import { layerIn, plainDiskIn } from '../media.ts';
import { HostFile, type Medium } from '../medium/index.ts';
import type { MachineDescription } from './description.ts';

/** Its format is given: a guest writes what it likes at the beginning of its disk. */
export const rootDisk = ({ root, base, isFleeting }: Pick<MachineDescription, 'root' | 'base' | 'isFleeting'>): Medium => {
  if (base === null) return plainDiskIn(root, false);
  if (statSync(root).size === 0) {
    using file = new HostFile(openSync(root, 'r+'), isFleeting);
    createQcow2(file, { sizeBytes: statSync(base).size, backing: { name: base, format: 'raw' } });
  }
  return layerIn(root, isFleeting);
};
