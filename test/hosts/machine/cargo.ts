/** What goes along on a second disk, for the machine has no network: this checkout as it is, and a Debian image to import. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianArchive } from '../../os-level/debian.ts';
import { house, run } from './root.ts';

/** What a clone with its packages has, and running isola needs. */
const checkout = [
  ...['isola', 'package.json', 'package-lock.json', 'src', 'tools', 'guest', 'node_modules/modern-tar', 'node_modules/yaml'],
  // Built already, and newer than its sources: a compiler takes long where the processor is emulated.
  '.isola/guest',
];
const diskBytes = 3 * 1024 ** 3;

/** Makes the disk; `folder` is where on it the checkout lies. */
export const load = async (disk: string, folder: string): Promise<void> => {
  const archive = await debianArchive(12);
  const cargo = mkdtempSync(join(tmpdir(), 'isola-cargo-'));
  try {
    for (const name of checkout) cpSync(join(house, name), join(cargo, folder, name), { recursive: true, dereference: true });
    cpSync(archive, join(cargo, 'debian.oci.tar'));
    run('mke2fs', '-q', '-t', 'ext4', '-d', cargo, disk, `${diskBytes / 1024}k`);
  } finally {
    rmSync(cargo, { recursive: true, force: true });
  }
};
