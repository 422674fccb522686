/** What a function's configuration space begins as, and what of it a guest can write. */
import type { Field } from '../../machine/index.ts';
import { Command, Config, configBytes, RegionBits, Status } from './registers.ts';

/** Addresses that a function answers: PCI Local Bus 3.0, 6.2.5. A power of two of bytes. */
export interface Region {
  /** Which base address register, or the expansion ROM's. A 64-bit one takes the next, too. */
  readonly register: 0 | 1 | 2 | 3 | 4 | 5 | 'rom';
  readonly kind: 'io' | 'memory' | 'memory64';
  readonly bytes: number;
  readonly isPrefetchable?: boolean;
}

export interface Capability {
  readonly id: number;
  readonly at: number;
  /** Behind its id and the next one's place. */
  readonly body: readonly number[];
  /** Which bits of the body can be written. */
  readonly writable: readonly number[];
}

export interface Identity {
  readonly vendor: number;
  readonly device: number;
  readonly revision: number;
  /** Class, subclass and programming interface. */
  readonly classCode: number;
  readonly subsystem?: readonly [vendor: number, device: number];
  readonly isMultifunction?: boolean;
  /** INTA# is 1. */
  readonly pin?: 1 | 2 | 3 | 4;
  readonly regions?: readonly Region[];
  readonly capabilities?: readonly Capability[];
  /** Registers of its own: what they begin as, and which bits can be written. */
  readonly own?: readonly (readonly [at: number, value: number, writable: number])[];
}

export interface Layout {
  readonly fresh: Uint8Array;
  readonly writable: Uint8Array;
  /** Bits that writing a 1 clears. */
  readonly cleared: Uint8Array;
  readonly regions: readonly Region[];
  /** A configuration space of this layout, and no other. */
  readonly field: Field<Uint8Array>;
}

/** As guests that look whether they run on QEMU's board expect it: SeaBIOS 1.16, paravirt.c. */
const commonSubsystem = [0x1af4, 0x1100] as const;

export const layoutOf = (identity: Identity): Layout => {
  const [fresh, writable, cleared] = [new Uint8Array(configBytes), new Uint8Array(configBytes), new Uint8Array(configBytes)];
  const [first, mask, clears] = [new DataView(fresh.buffer), new DataView(writable.buffer), new DataView(cleared.buffer)];
  const regions = identity.regions ?? [];
  first.setUint16(Config.vendor, identity.vendor, true);
  first.setUint16(Config.device, identity.device, true);
  first.setUint16(Config.status, Status.mediumDecode, true);
  // The revision is the byte below the class.
  first.setUint32(Config.revision, identity.classCode * 0x100 + identity.revision, true);
  first.setUint8(Config.header, identity.isMultifunction === true ? 0x80 : 0);
  const [vendor, device] = identity.subsystem ?? commonSubsystem;
  first.setUint16(Config.subsystemVendor, vendor, true);
  first.setUint16(Config.subsystem, device, true);
  first.setUint8(Config.pin, identity.pin ?? 0);
  mask.setUint16(Config.command, commandBits(regions), true);
  clears.setUint16(Config.status, Status.errors, true);
  mask.setUint8(Config.cacheLine, 0xff);
  mask.setUint8(Config.latency, 0xff);
  if (identity.pin !== undefined) mask.setUint8(Config.line, 0xff);
  for (const region of regions) addRegion(region, first, mask);
  addCapabilities(identity.capabilities ?? [], first, mask);
  for (const [at, value, bits] of identity.own ?? []) {
    first.setUint8(at, value);
    mask.setUint8(at, bits);
  }
  return { fresh, writable, cleared, regions, field: fieldOf(fresh, writable, cleared) };
};

export const placeOf = ({ register }: Region): number => (register === 'rom' ? Config.rom : Config.regions + 4 * register);

const commandBits = (regions: readonly Region[]): number => {
  const has = (isIo: boolean): boolean => regions.some(({ kind }) => (kind === 'io') === isIo);
  const common = Command.master | Command.parity | Command.systemError | Command.pinOff;
  return common | (has(true) ? Command.io : 0) | (has(false) ? Command.memory : 0);
};

const addRegion = (region: Region, first: DataView, mask: DataView): void => {
  const at = placeOf(region);
  if (region.bytes < 4 || region.bytes > 2 ** 31 || (region.bytes & (region.bytes - 1)) !== 0)
    throw new RangeError(`${region.bytes} bytes are no region`);
  const isIo = region.kind === 'io';
  const bits =
    (isIo ? RegionBits.io : 0) |
    (region.kind === 'memory64' ? RegionBits.memory64 : 0) |
    (region.isPrefetchable === true ? RegionBits.prefetchable : 0);
  if (region.register !== 'rom') first.setUint32(at, bits, true);
  mask.setUint32(at, -region.bytes | (region.register === 'rom' ? RegionBits.romOn : 0), true);
  if (region.kind === 'memory64') mask.setUint32(at + 4, 0xffff_ffff, true);
};

/** 6.7: each names the next. */
const addCapabilities = (capabilities: readonly Capability[], first: DataView, mask: DataView): void => {
  let link: number = Config.capabilities;
  for (const { id, at, body, writable } of capabilities) {
    first.setUint8(link, at);
    first.setUint8(at, id);
    for (const [index, byte] of body.entries()) first.setUint8(at + 2 + index, byte);
    for (const [index, bits] of writable.entries()) mask.setUint8(at + 2 + index, bits);
    link = at + 1;
  }
  if (capabilities.length > 0) first.setUint16(Config.status, first.getUint16(Config.status, true) | Status.capabilities, true);
};

const fieldOf = (fresh: Uint8Array, writable: Uint8Array, cleared: Uint8Array): Field<Uint8Array> => ({
  kind: 'configuration space',
  write: (to, value) => to.bytes(value),
  read: (from) => {
    const value = from.bytes(configBytes);
    for (const [at, byte] of value.entries()) {
      const fixed = 0xff & ~((writable[at] ?? 0) | (cleared[at] ?? 0));
      if (((byte ^ (fresh[at] ?? 0)) & fixed) !== 0) throw new RangeError(`${byte} isn't what register ${at} can hold`);
    }
    return value;
  },
});
