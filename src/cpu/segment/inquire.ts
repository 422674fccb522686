/** What a program may know of a selector without loading it: SDM Vol. 2A, LAR and LSL; Vol. 2B, VERR/VERW. */
import { Inquiry } from '../../isa/index.ts';
import type { Core } from '../core.ts';
import { type Descriptor, isNull, Kind } from './descriptor.ts';
import { isConforming, isReadable, isWritable } from './right.ts';
import { requireSelectors } from './table-registers.ts';

/** Told together with what was asked for. */
const told = 1n << 32n;

export const inquire = (core: Core, selector: number, inquiry: number): bigint => {
  requireSelectors(core);
  const { registers, tables } = core;
  const descriptor = isNull(selector) ? undefined : tables.find(selector);
  if (descriptor === undefined) return 0n;
  const { rights, dpl } = descriptor;
  if (!isConforming(rights) && dpl < Math.max(registers.cpl, selector & 3)) return 0n;
  switch (inquiry) {
    case Inquiry.rights:
      return isKnown(descriptor, registers.isLong, gates) ? told | BigInt(descriptor.accessRights) : 0n;
    case Inquiry.limit:
      return isKnown(descriptor, registers.isLong, []) ? told | BigInt(descriptor.limit) : 0n;
    case Inquiry.read:
      return isReadable(rights) ? told : 0n;
    case Inquiry.write:
      return isWritable(rights) ? told : 0n;
    default:
      throw new Error(`no inquiry has number ${inquiry}`);
  }
};

const legacy: readonly number[] = [Kind.tss16, Kind.ldt, Kind.busyTss16, Kind.tss, Kind.busyTss];
const long: readonly number[] = [Kind.ldt, Kind.tss, Kind.busyTss];
const gates: readonly number[] = [Kind.callGate16, Kind.taskGate, Kind.callGate];

/** SDM Vol. 2A, tables 3-54 and 3-64. */
const isKnown = ({ kind, isWellFormed }: Descriptor, isLong: boolean, more: readonly number[]): boolean => {
  if (kind === undefined) return true;
  if (!isLong) return [...legacy, ...more].includes(kind);
  return isWellFormed && [...long, ...more.filter((one) => one === Kind.callGate)].includes(kind);
};
