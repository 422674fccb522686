/** What tells a medium from another, or from what it was before. */
import type { Disk } from '../../machine/index.ts';
import { FileMedium } from '../medium/index.ts';

/** All that was written is in its files then. */
export const stampOf = (disk: Disk): string => (disk instanceof FileMedium ? disk.stamp : `${disk.sizeBytes} bytes`);
