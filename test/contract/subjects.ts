/** The techniques that are held to the contract. A skip is what users read as a limit of the technique. */
import type { Subject } from './clause.ts';

const computerMemory = 'a computer has no more memory than it was switched on with; less it has at once';

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
    skips: { 'a memory limit changes while it runs': computerMemory },
  },
  {
    technique: 'virtualization',
    image: 'busybox',
    skips: { 'a memory limit changes while it runs': computerMemory },
    // The machine is emulation's, which is held to the whole: here is what its processor has a part in.
    daily: [
      'run ends with the command’s own status, also when a signal ended it',
      'killed from outside, it is known to have been killed, and starts again',
      'doctor says that the technique works, and finds nothing left; repair disturbs nobody',
      'pause stands still, resume goes on',
      'many commands at once don’t mix',
      'Ctrl-C on a terminal reaches the command inside',
      'what programs expect is there: devices, file systems, a clock that is right',
      'those of another technique are reached by name, both ways',
      '--cpus holds',
      'stats count processor time, memory, processes and bytes of the network',
      'a snapshot brings files back',
    ],
  },
];
