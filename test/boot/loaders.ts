/** Media with a boot loader of Debian's on them. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpacked } from './packages.ts';

/** A diskette with SYSLINUX, made in a directory; its path. */
export const syslinuxFloppy = (place: string, configuration: string): string => {
  const [floppy, file] = [join(place, 'floppy.img'), join(place, 'syslinux.cfg')];
  writeFileSync(file, configuration);
  execFileSync('mformat', ['-C', '-i', floppy, '-f', '1440', '::']);
  execFileSync('mcopy', ['-i', floppy, file, '::']);
  execFileSync(join(unpacked('syslinux'), 'usr/bin/syslinux'), ['--install', floppy]);
  return floppy;
};

export interface CdContents {
  readonly configuration: string;
  /** Of SYSLINUX, beside what it needs itself. */
  readonly modules?: readonly string[];
  /** Paths by their names on the CD. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A CD with ISOLINUX, made in a directory of its own; its path. */
export const isolinuxCd = (place: string, { configuration, modules = [], files = {} }: CdContents): string => {
  const root = join(place, 'cd');
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'isolinux.cfg'), configuration);
  copyFileSync(join(unpacked('isolinux'), 'usr/lib/ISOLINUX/isolinux.bin'), join(root, 'isolinux.bin'));
  for (const name of ['ldlinux.c32', ...modules])
    copyFileSync(join(unpacked('syslinux-common'), 'usr/lib/syslinux/modules/bios', name), join(root, name));
  for (const [name, path] of Object.entries(files)) copyFileSync(path, join(root, name));
  const cd = join(place, 'cd.iso');
  const boot = ['-b', 'isolinux.bin', '-c', 'boot.cat', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'];
  execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-o', cd, ...boot, root], { stdio: 'pipe' });
  return cd;
};
