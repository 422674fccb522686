/** How much memory a machine has. */
import type { Limits } from '../../environment/index.ts';

const mib = 1024 ** 2;

/** What it has where nobody says: enough for Debian’s systemd and a compiler. It takes of the host only what it touches. */
const usualBytes = 512 * mib;

/** What the emulator takes of the host beyond the machine's memory: docs/measured.md. */
export const monitorBytes = 384 * mib;

/**
 * What Debian’s kernel keeps for itself before it counts: its own code and data, and 64 bytes of each page's 4096, in part of this memory itself. Measured: 35 of 128 MiB and 42 of 512.
 */
const kernelBytes = (limitBytes: number): number => kernelLeastBytes + limitBytes / 64;
const kernelLeastBytes = 32 * mib;

/** Below this Debian’s kernel doesn't reach its first process. */
export const leastBytes = 64 * mib;

/** All that a PC has below its devices' registers. */
export const mostBytes = 3584 * mib;

/** What programs inside may have. */
export const givenTo = ({ memoryBytes = usualBytes }: Limits): number => memoryBytes;

/** Whole mebibytes: so much that programs inside have what was given, as `free` shows it. */
export const memoryOf = (limits: Limits): number => {
  const given = givenTo(limits);
  return Math.min(Math.floor((given + kernelBytes(given)) / mib) * mib, mostBytes);
};

/** What of so much memory programs inside have, to a mebibyte: it was given to them, or a little less. */
export const givenBytes = (memoryBytes: number): number => Math.floor(((memoryBytes - kernelLeastBytes) * 64) / 65);
