/** Gets a kernel from its package: by apt, which checks it. */
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isKernel, readKernel } from '../../board/index.ts';
import { type Call, Refusal } from '../../environment/index.ts';
import { makeDirectory, removeTree } from '../../host/file/files.ts';
import { run } from '../../host/program/run.ts';
import { unpack } from '../boot/unpack.ts';
import { kernelAt, listIn, type MachineKernel } from './kernel.ts';
import { modulesFor } from './modules.ts';

const metapackage = 'linux-image-cloud-amd64';

/** Into the store, by way of a directory. Throws `kernel-absent`. */
export const fetched = async (drivers: readonly string[], work: string, store: string, signal: Call['signal']): Promise<MachineKernel> => {
  const packed = await download(work, signal);
  const root = `${work}/root`;
  await run('dpkg-deb', ['--extract', packed, root], { cwd: work, signal });
  const [file = ''] = readdirSync(`${root}/boot`).filter((name) => name.startsWith('vmlinuz-'));
  const release = file.slice('vmlinuz-'.length);
  const made = `${work}/made`;
  makeDirectory(made, 0o755);
  writeFileSync(`${made}/vmlinux`, proper(readFileSync(`${root}/boot/${file}`), file));
  const modules = modulesFor(drivers, `${root}/lib/modules/${release}/kernel`);
  for (const path of modules) renameSync(path, `${made}/${basename(path)}`);
  writeFileSync(listIn(made), `${modules.map((path) => basename(path)).join('\n')}\n`);
  removeTree(`${store}/kernels/${release}`);
  renameSync(made, `${store}/kernels/${release}`);
  return kernelAt(`${store}/kernels/${release}`, release);
};

/** By the machine's own lists, or where these are missing or too old by ones of our own. Returns the package's path. */
const download = async (work: string, signal: Call['signal']): Promise<string> => {
  const lists = `${work}/lists`;
  for (const path of ['lists/partial', 'archives/partial']) makeDirectory(`${lists}/${path}`);
  const own = ['-o', `Dir::State=${lists}`, '-o', 'Dir::State::status=/var/lib/dpkg/status', '-o', `Dir::Cache=${lists}`];
  // Who isn't root has no other user to become.
  const asItself = ['-o', 'APT::Sandbox::User=root'];
  const update = [...own, ...asItself, '-o', 'Debug::NoLocking=true', '-o', 'Acquire::Languages=none', '-o', 'Acquire::Retries=3'];
  const by = async (words: readonly string[]): Promise<string> => {
    const { stdout } = await run('apt-cache', [...words, 'depends', metapackage], { signal });
    const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
    if (name === undefined) throw new Refusal('kernel-absent', [`apt knows no ${metapackage}`]);
    await run('apt-get', ['-q', ...asItself, ...words, 'download', name], { cwd: work, signal });
    const [file = ''] = readdirSync(work).filter((one) => one.endsWith('.deb'));
    return join(work, file);
  };
  try {
    return await by([]);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Refusal)) throw error;
  }
  try {
    await run('apt-get', ['-q', ...update, 'update'], { signal });
    return await by(own);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal('kernel-absent', [error.message], { cause: error });
  }
};

/** The kernel that a bzImage unpacks itself to. */
const proper = (image: Uint8Array, name: string): Uint8Array => {
  const kernel = isKernel(image) ? readKernel(image) : 'no kernel';
  const { payload = new Uint8Array() } = typeof kernel === 'string' ? {} : kernel;
  // Behind what is packed, its size: scripts/Makefile.lib, size_append.
  const made = unpack(payload.subarray(0, -4));
  if (made instanceof Uint8Array) return made;
  throw new Refusal('kernel-absent', [`${name} can’t be unpacked: ${made?.why ?? 'it is packed by nothing known here'}`]);
};
