/** What IDENTIFY and the log pages answer: NVM Express 1.4, 5.15 and 5.14.1. */
import { type Disk, sectorBytes } from '../../machine/index.ts';
import type { Label } from '../ata/index.ts';
import { largest, version } from './registers.ts';
import { mostEvents } from './state.ts';

export const vendor = 0x1b36;
const subsystemVendor = 0x1af4;
const firmware = '1.0';
/** Kelvin. */
const [temperature, warm, hot] = [298, 343, 353];

/** Figure 247. */
export const identifyController = (into: Uint8Array, { model, serial }: Label): void => {
  const view = viewOf(into);
  view.setUint16(0, vendor, true);
  view.setUint16(2, subsystemVendor, true);
  text(into, 4, 20, serial);
  text(into, 24, 40, model);
  text(into, 64, 8, firmware);
  into[77] = largest;
  view.setUint32(80, version, true);
  // An I/O controller.
  into[111] = 1;
  into[258] = 3;
  into[259] = mostEvents - 1;
  // One slot of firmware that cannot be written.
  into[260] = 0x03;
  view.setUint16(266, warm, true);
  view.setUint16(268, hot, true);
  into[512] = 0x66;
  into[513] = 0x44;
  view.setUint32(516, 1, true);
  // DATASET MANAGEMENT and WRITE ZEROES.
  view.setUint16(520, 0x000c, true);
  // A write cache; FLUSH may name all namespaces.
  into[525] = 0x07;
  const name = `nqn.2014-08.org.nvmexpress:${vendor.toString(16)}${subsystemVendor.toString(16)}${serial.padEnd(20)}${model.padEnd(40)}`;
  for (let index = 0; index < name.length; index++) into[768 + index] = name.charCodeAt(index) & 0x7f;
};

/** Figure 245: one format, of 512 bytes. */
export const identifyNamespace = (into: Uint8Array, disk: Disk, { serial }: Label): void => {
  const view = viewOf(into);
  const sectors = BigInt(Math.floor(disk.sizeBytes / sectorBytes));
  for (const at of [0, 8, 16]) view.setBigUint64(at, sectors, true);
  into[99] = disk.isReadOnly ? 1 : 0;
  into.set(euiOf(serial), 120);
  view.setUint32(128, 9 << 16, true);
};

/** Figure 250: its EUI-64. */
export const identifyDescriptors = (into: Uint8Array, { serial }: Label): void => {
  into.fill(0);
  into.set([1, 8, 0, 0], 0);
  into.set(euiOf(serial), 4);
};

/** Figure 195. */
export const tellHealth = (into: Uint8Array): void => {
  const view = viewOf(into);
  view.setUint16(1, temperature, true);
  into[3] = 100;
  into[4] = 10;
};

/** Figure 197: the first slot is active. */
export const tellFirmware = (into: Uint8Array): void => {
  into.fill(0);
  into[0] = 1;
  text(into, 8, 8, firmware);
};

const viewOf = (into: Uint8Array): DataView => {
  into.fill(0);
  return new DataView(into.buffer, into.byteOffset);
};

const text = (into: Uint8Array, at: number, count: number, value: string): void => {
  for (let index = 0; index < count; index++) into[at + index] = index < value.length ? value.charCodeAt(index) & 0x7f : 0x20;
};

/** Locally administered, of the serial number: FNV-1a, 32 bits. */
const euiOf = (serial: string): number[] => {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < serial.length; index++) hash = Math.imul(hash ^ serial.charCodeAt(index), 0x0100_0193) >>> 0;
  return [0x52, 0x54, 0x00, 0x00, hash >>> 24, (hash >>> 16) & 0xff, (hash >>> 8) & 0xff, hash & 0xff];
};
