/** What goes along on a second disk, for the machine has no network: this checkout as it is, and a Debian image to import. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Index } from '../../../tools/join/index.ts';
import { debianArchive } from '../../os-level/debian.ts';
import { house, run } from './root.ts';

/** What a clone with its packages has, and running isola needs. */
const checkout = [
  ...['isola', 'package.json', 'package-lock.json', 'src', 'tools', 'guest', 'node_modules/modern-tar', 'node_modules/yaml'],
  // Built already, and newer than its sources: a compiler takes long where the processor is emulated.
  '.isola/guest',
  '.isola/joined',
];
const diskBytes = 3 * 1024 ** 3;

/** Makes the disk; `folder` is where on it the checkout lies. */
export const load = async (disk: string, folder: string): Promise<void> => {
  const archive = await debianArchive(12);
  const cargo = mkdtempSync(join(tmpdir(), 'isola-cargo-'));
  try {
    for (const name of checkout.filter((one) => existsSync(join(house, one))))
      cpSync(join(house, name), join(cargo, folder, name), { recursive: true, dereference: true });
    renewJoin(join(cargo, folder));
    cpSync(archive, join(cargo, 'debian.oci.tar'));
    run('mke2fs', '-q', '-t', 'ext4', '-d', cargo, disk, `${diskBytes / 1024}k`);
  } finally {
    rmSync(cargo, { recursive: true, force: true });
  }
};

/** A join is of sources of a certain age: mke2fs(8) gives files that of what it copies, in whole seconds. Where that isn't so isola joins them anew. */
const renewJoin = (folder: string): void => {
  const path = join(folder, '.isola/joined/index.json');
  if (!existsSync(path)) return;
  const index = JSON.parse(readFileSync(path, 'utf8')) as Index;
  const aged = ([name, , bytes]: Index['sources'][number]): Index['sources'][number] => [
    name,
    Math.floor(statSync(join(folder, name)).ctimeMs / 1000) * 1000,
    bytes,
  ];
  writeFileSync(
    path,
    JSON.stringify({ ...index, sources: index.sources.map(aged), rare: { ...index.rare, sources: index.rare.sources.map(aged) } }),
  );
};
