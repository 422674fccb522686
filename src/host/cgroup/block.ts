/** Disks and what block controllers say and want of them. */
import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { type Limits, Refusal, type Usage } from '../../environment/index.ts';
import type { BlockDevice } from './group.ts';

/** The whole disk a file lies on; null where no single one stands behind its file system (overlay, tmpfs, btrfs on several). */
export const diskOf = (path: string): BlockDevice | null => {
  const device = statSync(path).dev;
  // gnu_dev_major(3), gnu_dev_minor(3).
  const number = `${((device >>> 8) & 0xfff) | (Math.floor(device / 2 ** 32) & ~0xfff)}:${(device & 0xff) | ((device >>> 12) & 0xfff00)}`;
  const link = `/sys/dev/block/${number}`;
  if (!existsSync(link)) return null;
  const target = readlinkSync(link);
  const whole = existsSync(`${link}/partition`) ? basename(target.slice(0, target.lastIndexOf('/'))) : basename(target);
  return { name: whole, number: readFileSync(`/sys/block/${whole}/dev`, 'utf8').trim() };
};

interface OperationLimit {
  readonly file: string;
  readonly value: string;
  readonly rate: number | undefined;
}

/** Version 1, blkio-controller.rst: one file per kind, `major:minor rate`, 0 lifts. */
export const operationLimits = (limits: Limits, disk: BlockDevice | null): readonly OperationLimit[] => {
  refuseRateWithoutDisk(limits, disk);
  if (disk === null) return [];
  const rates = {
    read_bps_device: limits.ioReadBytes,
    write_bps_device: limits.ioWriteBytes,
    read_iops_device: limits.ioReadOps,
    write_iops_device: limits.ioWriteOps,
  };
  return Object.entries(rates).map(([kind, rate]) => ({ file: `blkio.throttle.${kind}`, value: `${disk.number} ${rate ?? 0}`, rate }));
};

/** Version 2, cgroup-v2.rst "io.max"; undefined where there is no disk and nothing to say. */
export const rateLine = (limits: Limits, disk: BlockDevice | null): string | undefined => {
  refuseRateWithoutDisk(limits, disk);
  if (disk === null) return undefined;
  const { ioReadBytes = 'max', ioWriteBytes = 'max', ioReadOps = 'max', ioWriteOps = 'max' } = limits;
  return `${disk.number} rbps=${ioReadBytes} wbps=${ioWriteBytes} riops=${ioReadOps} wiops=${ioWriteOps}`;
};

const refuseRateWithoutDisk = ({ ioReadBytes, ioWriteBytes, ioReadOps, ioWriteOps }: Limits, disk: BlockDevice | null): void => {
  if (disk !== null || [ioReadBytes, ioWriteBytes, ioReadOps, ioWriteOps].every((rate) => rate === undefined)) return;
  throw new Refusal('limit-unsupported', ['disk rate', 'no single disk stands behind its root file system', 'leave the option away']);
};

/** Only BFQ weighs; under another scheduler the figure would be accepted and do nothing. */
export const refuseWeightWithoutScheduler = (disk: BlockDevice | null): void => {
  const scheduler = disk === null ? undefined : /\[(.+)\]/.exec(readFileSync(`/sys/block/${disk.name}/queue/scheduler`, 'utf8'))?.[1];
  if (scheduler === 'bfq') return;
  const why =
    disk === null
      ? 'no single disk stands behind its root file system'
      : `disk ${disk.name} is scheduled by ${scheduler}, which knows no weights`;
  const remedy = disk === null ? 'leave --io-weight away' : `echo bfq > /sys/block/${disk.name}/queue/scheduler`;
  throw new Refusal('limit-unsupported', ['disk weight', why, remedy]);
};

/** Sums over all disks of version 1's `major:minor Read count` lines. */
export const ioOperations = (bytes: string, operations: string): Usage['io'] =>
  bytes === ''
    ? null
    : {
        readBytes: sumOf(bytes, / Read (\d+)$/gm),
        writtenBytes: sumOf(bytes, / Write (\d+)$/gm),
        reads: sumOf(operations, / Read (\d+)$/gm),
        writes: sumOf(operations, / Write (\d+)$/gm),
      };

/** Sums over all disks of version 2's `major:minor rbytes=… wbytes=… rios=… wios=…` lines. */
export const ioStatistics = (text: string): Usage['io'] => ({
  readBytes: sumOf(text, / rbytes=(\d+)/g),
  writtenBytes: sumOf(text, / wbytes=(\d+)/g),
  reads: sumOf(text, / rios=(\d+)/g),
  writes: sumOf(text, / wios=(\d+)/g),
});

const sumOf = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
