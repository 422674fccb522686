/** Commands of the NVM command set: NVM Express 1.4, 6. */
import { sectorBytes } from '../../machine/index.ts';
import { type CommandHost, openData } from './command.ts';
import { allNamespaces, Field, Io, largestBytes, Status } from './registers.ts';

const Dw12 = { count: 0xffff, forceAccess: 0x4000_0000 } as const;
const Dw11 = { deallocate: 4 } as const;
const rangeBytes = 16;

export const runIo = (host: CommandHost): number => {
  const { command } = host;
  const opcode = command.getUint8(Field.opcode);
  const namespace = command.getUint32(Field.namespace, true);
  if (namespace !== 1 && !(opcode === Io.flush && namespace === allNamespaces)) return Status.invalidNamespace;
  switch (opcode) {
    case Io.flush:
      return flush(host);
    case Io.read:
      return read(host);
    case Io.write:
      return write(host);
    case Io.writeZeroes:
      return writeZeroes(host);
    case Io.manage:
      return manage(host);
    default:
      return Status.invalidOpcode;
  }
};

const flush = ({ disk }: CommandHost): number => (disk.flush() ? Status.success : Status.writeFault);

/** Where it begins, in bytes; undefined for what goes beyond the end. */
const placeOf = ({ command, disk }: CommandHost): { at: number; bytes: number } | undefined => {
  const first = command.getBigUint64(Field.dw10, true);
  const count = (command.getUint32(Field.dw12, true) & Dw12.count) + 1;
  if (first + BigInt(count) > BigInt(Math.floor(disk.sizeBytes / sectorBytes))) return undefined;
  return { at: Number(first) * sectorBytes, bytes: count * sectorBytes };
};

const read = (host: CommandHost): number => {
  const place = placeOf(host);
  if (place === undefined) return Status.outOfRange;
  const status = openData(host, place.bytes);
  if (status !== Status.success) return status;
  const data = host.data.subarray(0, place.bytes);
  if (!host.disk.read(place.at, data)) return Status.unreadable;
  host.prp.scatter(data);
  return Status.success;
};

const write = (host: CommandHost): number => {
  const place = placeOf(host);
  if (place === undefined) return Status.outOfRange;
  if (host.disk.isReadOnly) return Status.writeProtected;
  const status = openData(host, place.bytes);
  if (status !== Status.success) return status;
  const data = host.data.subarray(0, place.bytes);
  host.prp.gather(data);
  return host.disk.write(place.at, data) ? last(host) : Status.writeFault;
};

/** At once, where the cache is off or it was asked for. */
const last = (host: CommandHost): number => {
  const isForced = (host.command.getUint32(Field.dw12, true) & Dw12.forceAccess) !== 0;
  return isForced || !host.nvme.hasWriteCache ? flush(host) : Status.success;
};

/** At most 32 MiB. */
const writeZeroes = (host: CommandHost): number => {
  const place = placeOf(host);
  if (place === undefined) return Status.outOfRange;
  if (host.disk.isReadOnly) return Status.writeProtected;
  const zeros = host.data.fill(0);
  for (let at = 0; at < place.bytes; at += largestBytes) {
    if (!host.disk.write(place.at + at, zeros.subarray(0, Math.min(largestBytes, place.bytes - at)))) return Status.writeFault;
  }
  return last(host);
};

/** Hints; a disk may have a use for what isn't wanted any more, and for no other. Ranges that aren't there are told before any is heeded: 6.7. */
const manage = (host: CommandHost): number => {
  const count = (host.command.getUint32(Field.dw10, true) & 0xff) + 1;
  const status = openData(host, count * rangeBytes);
  if (status !== Status.success) return status;
  host.prp.gather(host.data.subarray(0, count * rangeBytes));
  const ranges = new DataView(host.data.buffer, host.data.byteOffset);
  const sectors = BigInt(Math.floor(host.disk.sizeBytes / sectorBytes));
  const placeAt = (at: number): readonly [first: bigint, count: number] => [
    ranges.getBigUint64(at + 8, true),
    ranges.getUint32(at + 4, true),
  ];
  const places = Array.from({ length: count }, (_, index) => placeAt(index * rangeBytes));
  if (places.some(([first, count]) => first + BigInt(count) > sectors)) return Status.outOfRange;
  const isDeallocated = (host.command.getUint32(Field.dw11, true) & Dw11.deallocate) !== 0;
  if (!isDeallocated) return Status.success;
  if (host.disk.isReadOnly) return Status.writeProtected;
  for (const [first, count] of places)
    if (count > 0 && host.disk.discard?.(Number(first) * sectorBytes, count * sectorBytes) === false) return Status.writeFault;
  return Status.success;
};
