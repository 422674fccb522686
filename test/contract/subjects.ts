/** The techniques that are held to the contract. A skip is what users read as a limit of the technique. */
import type { Subject } from './clause.ts';

export const subjects: readonly Subject[] = [
  { technique: 'os-level', image: 'busybox', skips: {} },
  {
    technique: 'paravirtualization',
    image: 'busybox',
    skips: { 'a memory limit changes while it runs': 'the guest’s kernel has the memory it was started with' },
  },
  {
    technique: 'emulation',
    image: 'busybox',
    skips: { 'a memory limit changes while it runs': 'a computer has no more memory than it was switched on with; less it has at once' },
  },
];
