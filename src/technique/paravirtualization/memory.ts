/** How much memory a machine has. */
import type { Limits } from '../../environment/index.ts';

/** What it has where nobody says: enough for Debian's systemd and a compiler. It takes of the host only what it touches. */
const usualBytes = 512 * 1024 ** 2;

/** What User-Mode Linux and the relay take of the host beyond the machine's memory: measured 12 to 20 MiB. */
export const monitorBytes = 32 * 1024 ** 2;

/** Below this the kernel doesn't reach its first process: measured 20 MiB. */
export const leastBytes = 24 * 1024 ** 2;

export const memoryOf = ({ memoryBytes }: Limits): number => memoryBytes ?? usualBytes;
