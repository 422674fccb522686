/** What commands are carried out with. */
import type { Disk, Memory } from '../../machine/index.ts';
import type { Label } from '../ata/index.ts';
import type { PrpWalk } from './prp.ts';
import { Field, largestBytes, Status } from './registers.ts';
import type { NvmeState } from './state.ts';

export interface CommandHost {
  readonly nvme: NvmeState;
  readonly disk: Disk;
  readonly label: Label;
  readonly memory: Memory;
  /** A copy of the command. */
  readonly command: DataView;
  readonly prp: PrpWalk;
  /** As large as the largest transfer. */
  readonly data: Uint8Array;
  /** The first double word of its completion. */
  result: number;
  /** Completes a command of the administration queue that waited. False where there is no room to tell it. */
  complete(id: number, status: number, result: number): boolean;
  /** An event that waited is told as soon as a command waits for one. */
  tellEvents(): void;
}

/** Where data lies. */
export const openData = ({ command, prp }: CommandHost, bytes: number): number => {
  if ((command.getUint8(1) & 0xc0) !== 0 || bytes > largestBytes) return Status.invalidField;
  return prp.open(command.getBigUint64(Field.prp1, true), command.getBigUint64(Field.prp2, true), bytes)
    ? Status.success
    : Status.invalidOffset;
};

/** So many of the data go to the guest. */
export const answer = (host: CommandHost, bytes: number): number => {
  const status = openData(host, bytes);
  if (status === Status.success) host.prp.scatter(host.data.subarray(0, bytes));
  return status;
};
