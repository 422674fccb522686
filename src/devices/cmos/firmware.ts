/** What a PC's firmware finds in the clock's memory: the layout of the PC/AT, and of QEMU where SeaBIOS reads more (src/hw/rtc.h of SeaBIOS). */
import { cmosBytes } from './cmos.ts';

export type BootDevice = 'floppy' | 'disk' | 'cd' | 'network';

export interface CmosContents {
  /** Memory below 4 GiB, and from there on. */
  readonly belowBytes: number;
  readonly aboveBytes: number;
  readonly processors: number;
  /** At most three. */
  readonly boot: readonly BootDevice[];
  /** How many drives for floppies of 1.44 MB; at most two. */
  readonly floppies: number;
}

const At = {
  floppies: 0x10,
  equipment: 0x14,
  base: 0x15,
  extended: 0x17,
  checksum: 0x2e,
  extendedFound: 0x30,
  above16M: 0x34,
  bootThird: 0x38,
  bootFirst: 0x3d,
  above4G: 0x5b,
  otherProcessors: 0x5f,
} as const;
const Equipment = { floppy: 0x01, coprocessor: 0x02, mouse: 0x04, second: 0x40 } as const;
const noSignatureCheck = 0x01;
const floppy144 = 4;
const codes = { floppy: 1, disk: 2, cd: 3, network: 4 } as const satisfies Record<BootDevice, number>;
const [kib, mib] = [0x400, 0x10_0000];

export const cmosContents = ({ belowBytes, aboveBytes, processors, boot, floppies }: CmosContents): Uint8Array => {
  const ram = new Uint8Array(cmosBytes);
  const put = (at: number, value: number, bytes: number): void => {
    const most = Math.min(Math.max(0, Math.floor(value)), 256 ** bytes - 1);
    for (let byte = 0; byte < bytes; byte++) ram[at + byte] = Math.floor(most / 256 ** byte) & 0xff;
  };
  ram[At.floppies] = (floppies > 0 ? floppy144 << 4 : 0) | (floppies > 1 ? floppy144 : 0);
  ram[At.equipment] =
    Equipment.coprocessor | Equipment.mouse | (floppies > 0 ? Equipment.floppy : 0) | (floppies > 1 ? Equipment.second : 0);
  put(At.base, Math.min(640, belowBytes / kib), 2);
  put(At.extended, (belowBytes - mib) / kib, 2);
  put(At.extendedFound, (belowBytes - mib) / kib, 2);
  put(At.above16M, (belowBytes - 16 * mib) / (64 * kib), 2);
  put(At.above4G, aboveBytes / (64 * kib), 3);
  ram[At.otherProcessors] = processors - 1;
  const [first, second, third] = boot.map((device) => codes[device]);
  ram[At.bootFirst] = (first ?? 0) | ((second ?? 0) << 4);
  ram[At.bootThird] = noSignatureCheck | ((third ?? 0) << 4);
  // Of 10h to 2Dh, the high byte first.
  const sum = ram.subarray(At.floppies, At.checksum).reduce((total, byte) => total + byte, 0);
  ram.set([sum >> 8, sum & 0xff], At.checksum);
  return ram;
};
