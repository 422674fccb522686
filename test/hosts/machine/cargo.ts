/** What goes along on a second disk, for the machine has no network: this checkout as it is, and a Debian image to import. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from '../../stage/stage.ts';
import { house, keptFor, run } from './root.ts';

/** What a clone with its packages has, and running isola needs. */
const checkout = [
  ...['isola', 'package.json', 'package-lock.json', 'src', 'tools', 'guest', 'node_modules/modern-tar', 'node_modules/yaml'],
  // Built already, and newer than its sources: a compiler takes long where the processor is emulated.
  '.isola/guest',
];
const diskBytes = 3 * 1024 ** 3;

/** Makes the disk; `folder` is where on it the checkout lies. */
export const load = (disk: string, folder: string): void => {
  const cargo = mkdtempSync(join(tmpdir(), 'isola-cargo-'));
  try {
    for (const name of checkout) cpSync(join(house, name), join(cargo, folder, name), { recursive: true, dereference: true });
    cpSync(debianArchive(), join(cargo, 'debian.oci.tar'));
    run('mke2fs', '-q', '-t', 'ext4', '-d', cargo, disk, `${diskBytes / 1024}k`);
  } finally {
    rmSync(cargo, { recursive: true, force: true });
  }
};

/** Built here by this checkout's recipe and exported, once; what a mirror has changed since doesn't matter inside. */
const debianArchive = (): string => {
  const recipe = join(house, 'src/image/build');
  const archive = keptFor(
    'debian',
    readdirSync(recipe)
      .map((name) => readFileSync(join(recipe, name), 'utf8'))
      .join(),
  );
  if (existsSync(archive)) return archive;
  const store = mkdtempSync(join(tmpdir(), 'isola-cargo-store-'));
  // Ends with this process, however that ends: setpriv(1), --pdeathsig.
  const isola = ['--pdeathsig', 'TERM', '--', ...commandLine, '--store', store];
  try {
    run('setpriv', ...isola, 'image', 'build', 'debian/12');
    run('setpriv', ...isola, 'image', 'export', 'debian/12', `${archive}.${process.pid}`);
    renameSync(`${archive}.${process.pid}`, archive);
    return archive;
  } finally {
    rmSync(`${archive}.${process.pid}`, { force: true });
    rmSync(store, { recursive: true, force: true });
  }
};
