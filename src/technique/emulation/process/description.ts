/** What the process of an emulated machine is told: it stands in a jail, with nothing but this and what this names. */
import { readFileSync } from 'node:fs';

/** Paths are the jail's. */
export interface MachineDescription {
  readonly memoryBytes: number;
  /** What it begins with. */
  readonly kernel: string;
  readonly initrd: string;
  readonly commandLine: string;
  /** Its first disk on NVMe: the root file system. */
  readonly root: string;
  /** The second: a text that tells it what it is to be, `bootText` of src/agent. */
  readonly rest: string;
  /** Sockets of its network cards, each with its MAC address: the first leads to the relay, the second to its network. */
  readonly cables: readonly { readonly socket: string; readonly mac: string }[];
  /** Where its third serial port leads: its kernel speaks there, but that of one that boots a system. */
  readonly kernelLog: string;
}

export const readDescription = (path: string): MachineDescription => JSON.parse(readFileSync(path, 'utf8'));
