/** What the processor that is asked for has to do with other options. */
import { type BootRequest, Refusal } from '../../environment/index.ts';

/** Options that see each instruction, or have all again, of which nothing is known where the host carries them out. */
const seeing = ['record', 'replay', 'gdb', 'profile', 'trace'] as const;

export const seeingIn = (request: BootRequest): (typeof seeing)[number] | undefined => seeing.find((one) => request[one] !== undefined);

export const hasMonitor = ({ monitor, board }: BootRequest): boolean =>
  monitor === undefined ? board === 'microvm' : monitor.kind !== 'none';

export const absent = (processor: 'direct' | 'kvm', missing: string): Refusal =>
  new Refusal('technique-absent', [
    `--processor ${processor}`,
    missing,
    'leave it away: the processor is emulated then, or --processor auto',
  ]);
