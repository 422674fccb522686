/** Images for tests in formats that are only read, as they are made elsewhere. */
import { bytesOf, viewOf } from '../numbers.ts';

const sectorBytes = 512;

/** A dynamic VHD of two blocks of 4 KiB: sector 1 of the first one is filled with 7, its others are said to be none, and the second one is none. */
export const dynamicVhd = (kind = 3): Uint8Array => {
  const bytes = new Uint8Array(2048 + sectorBytes + 4096 + sectorBytes);
  const footer = bytes.subarray(0, sectorBytes);
  footer.set(bytesOf('conectix'));
  const view = viewOf(footer);
  view.setBigUint64(16, 512n);
  footer.set(bytesOf('test'), 28);
  view.setBigUint64(48, 8192n);
  view.setUint32(60, kind);
  view.setUint32(64, checkSum(footer));
  const header = bytes.subarray(512, 1536);
  header.set(bytesOf('cxsparse'));
  const head = viewOf(header);
  head.setBigUint64(16, 1536n);
  head.setUint32(28, 2);
  head.setUint32(32, 4096);
  head.setUint32(36, checkSum(header));
  viewOf(bytes).setUint32(1536, 4);
  viewOf(bytes).setUint32(1540, 0xffff_ffff);
  bytes[2048] = 0x40;
  bytes.fill(7, 2048 + sectorBytes, 2048 + sectorBytes + 1024);
  bytes.set(footer, bytes.length - sectorBytes);
  return bytes;
};

const checkSum = (bytes: Uint8Array): number => ~bytes.reduce((all, byte) => all + byte, 0) >>> 0;

/** A sparse VMDK of four grains of 4 KiB: the second one is filled with 7, the third one is zeros, and the others are none. */
export const sparseVmdk = (kind = 'monolithicSparse', parent = 'ffffffff'): Uint8Array => {
  const bytes = new Uint8Array(8 * sectorBytes + 4096);
  bytes.set(bytesOf('KDMV'));
  const view = viewOf(bytes);
  view.setUint32(4, 2, true);
  view.setUint32(8, 7, true);
  view.setBigUint64(12, 32n, true);
  view.setBigUint64(20, 8n, true);
  view.setBigUint64(28, 1n, true);
  view.setBigUint64(36, 1n, true);
  view.setUint32(44, 512, true);
  view.setBigUint64(56, 2n, true);
  bytes.set(bytesOf(`# Disk DescriptorFile\nversion=1\nparentCID=${parent}\ncreateType="${kind}"\n`), sectorBytes);
  view.setUint32(2 * sectorBytes, 3, true);
  view.setUint32(3 * sectorBytes + 4, 8, true);
  view.setUint32(3 * sectorBytes + 8, 1, true);
  bytes.fill(7, 8 * sectorBytes);
  return bytes;
};
