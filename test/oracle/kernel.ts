/** Debian's kernel for clouds, and its code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackedKernel } from '../boot/packages.ts';
import { unpackLegacyLz4 } from './lz4.ts';
import { type Section, sectionOf } from './section.ts';

/** Its package, unpacked: the kernel and its modules. */
export const kernelPackage = (): string => unpackedKernel('cloud-amd64');

/** Path of the kernel's file, by its version. */
export const kernelFile = (): string => {
  const boot = join(kernelPackage(), 'boot');
  const [file = ''] = readdirSync(boot).filter((name) => name.startsWith('vmlinuz-'));
  return join(boot, file);
};

/** .text of what a bzImage has packed: Linux, Documentation/arch/x86/boot.rst, payload_offset and payload_length. */
export const kernelText = (path: string): Section => {
  const image = readFileSync(path);
  const sectors = image.readUInt8(0x1f1) || 4;
  const payload = (sectors + 1) * 512 + image.readUInt32LE(0x248);
  const linux = unpackLegacyLz4(image.subarray(payload, payload + image.readUInt32LE(0x24c)));
  // The lower half of its address: numbers here are exact to 2^53.
  const { address, bytes } = sectionOf(linux, '.text');
  return { address: address % 2 ** 32, bytes };
};
