/** How much memory a machine has. */
import type { Limits } from '../../../environment/index.ts';

const mib = 1024 ** 2;

/** What it has where nobody says: enough for Debian's systemd and a compiler. It takes of the host only what it touches. */
const usualBytes = 512 * mib;

/** What the emulator takes of the host beyond the machine's memory: docs/measured.md. */
export const monitorBytes = 384 * mib;

/** Below this Debian's kernel doesn't reach its first process. */
export const leastBytes = 96 * mib;

/** All that a PC has below its devices' registers. */
export const mostBytes = 3584 * mib;

/** Whole mebibytes. */
export const memoryOf = ({ memoryBytes }: Limits): number => Math.floor((memoryBytes ?? usualBytes) / mib) * mib;
