/**
 * The kernel of emulated machines that are environments: Debian's for clouds, which has NVMe and ext4 in it. It is fetched once for each store by the host's own
 * apt, which checks it, unpacked and never installed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Call } from '../../environment/index.ts';
import { makeDirectory, removeTree } from '../../host/file/files.ts';
import type { Surroundings } from '../../jail/index.ts';
import { moduleName } from './modules.ts';

export interface MachineKernel {
  /** What it calls itself, such as 6.1.0-50-cloud-amd64. */
  readonly release: string;
  /** Path of the kernel proper, an ELF file. */
  readonly program: string;
  /** Paths of what it loads to have network cards, the host’s directories and the like, in this order. */
  readonly drivers: readonly string[];
}

/** Names of what it loads for its network cards, the host's directories, its balloon, its sockets, and to say that it has panicked; what these need comes with them. */
const drivers = ['virtio_pci', 'virtio_net', 'virtiofs', 'virtio_balloon', 'vmw_vsock_virtio_transport', 'pvpanic_pci'] as const;

/** Of one that is here; undefined: none is, or none with all that is loaded now. */
export const kernelIn = ({ store }: Pick<Surroundings, 'store'>): MachineKernel | undefined => {
  const directory = `${store}/kernels`;
  const releases = existsSync(directory) ? readdirSync(directory).filter((name) => !name.endsWith('.new')) : [];
  return releases
    .toSorted()
    .map((release) => kernelAt(`${directory}/${release}`, release))
    .findLast((kernel) => drivers.every((name) => kernel.drivers.some((path) => moduleName(path) === name)));
};

/** In a kernel's directory, names of the modules beside it, in the order in which they are loaded. */
export const listIn = (directory: string): string => `${directory}/drivers`;

export const kernelAt = (directory: string, release: string): MachineKernel => {
  const list = listIn(directory);
  const names = existsSync(list) ? readFileSync(list, 'utf8').split('\n') : [];
  return { release, program: `${directory}/vmlinux`, drivers: names.filter((name) => name !== '').map((name) => `${directory}/${name}`) };
};

/** Here already, or fetched now. Throws `kernel-absent`. */
export const obtainKernel = async (surroundings: Surroundings, { signal, progress }: Call): Promise<MachineKernel> =>
  kernelIn(surroundings) ??
  surroundings.alone(
    'kernels',
    'fetch a kernel',
    async () => {
      const found = kernelIn(surroundings);
      if (found !== undefined) return found;
      progress({ stage: 'fetching Debian’s kernel for machines, once' });
      const work = `${surroundings.store}/kernels/fetched.new`;
      removeTree(work);
      makeDirectory(work, 0o755);
      try {
        const { fetched } = await import('./fetch.ts');
        return await fetched(drivers, work, surroundings.store, signal);
      } finally {
        removeTree(work);
      }
    },
    signal,
  );
