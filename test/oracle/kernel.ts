/** The code of Debian's kernel for clouds, whose package is fetched once, below .isola/oracle. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unpackLegacyLz4 } from './lz4.ts';
import { type Section, sectionOf } from './section.ts';

const directory = join(import.meta.dirname, '../../.isola/oracle');
const metapackage = 'linux-image-cloud-amd64';

/** Path of the kernel's file, by its version. */
export const kernelFile = (): string => {
  const found = existsSync(directory) ? readdirSync(directory).find((name) => /^vmlinuz-.*-cloud-amd64$/.test(name)) : undefined;
  return join(directory, found ?? fetched());
};

const fetched = (): string => {
  mkdirSync(directory, { recursive: true });
  const work = mkdtempSync(join(directory, 'fetched-'));
  try {
    const depends = execFileSync('apt-cache', ['depends', metapackage], { encoding: 'utf8' });
    const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
    if (name === undefined) throw new Error(`no Debian package has the kernel: ${metapackage} depends on none`);
    execFileSync('apt-get', ['download', name], { cwd: work, stdio: 'ignore' });
    const [packed = ''] = readdirSync(work);
    execFileSync('dpkg-deb', ['--extract', packed, 'root'], { cwd: work });
    const [file = ''] = readdirSync(join(work, 'root/boot')).filter((one) => one.startsWith('vmlinuz-'));
    renameSync(join(work, 'root/boot', file), join(directory, file));
    return basename(file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
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
