/** What a computer is made of: files beside the page, named by machine.json, and those that somebody chooses on it. */
import type { PageOffer } from '../../environment/index.ts';
import { mostTries, untilNextTry } from '../loading.ts';
import type { Plan, Remote } from '../messages.ts';

/** What is chosen on the page; nothing of what isn't. */
export interface Choice {
  readonly memoryBytes: number;
  readonly commandLine: string;
  readonly files: Readonly<Record<'kernel' | 'ramdisk' | 'disk' | 'cd' | 'floppy', File | undefined>>;
}

export const offer = async (): Promise<PageOffer> => JSON.parse(new TextDecoder().decode(await fetched('machine.json'))) as PageOffer; // Whoever serves the page wrote it.

/** Throws an Error that names the file that can't be had. */
export const planOf = async (offered: PageOffer, { memoryBytes, commandLine, files }: Choice): Promise<Plan> => {
  const isOwn = isOwnIn(files);
  // Who chooses anything wants no other's.
  const { kernel, ramdisk, cd, disks, ahci, floppies, nvme, virtio } = isOwn ? ({} as Partial<PageOffer>) : offered;
  const remote = (address: string): Remote => {
    const { name } = nameOf(address);
    return { address: new URL(address, document.baseURI).href, name, stamp: offered.stamps[address] };
  };
  const [own, ownRamdisk, ownDisk, ownCd, ownFloppy] = await Promise.all(
    [files.kernel, files.ramdisk, files.disk, files.cd, files.floppy].map((file) =>
      file?.arrayBuffer().then((buffer) => new Uint8Array(buffer)),
    ),
  );
  const begins = own ?? (kernel === undefined ? undefined : await fetched(kernel));
  const start = begins && {
    kernel: await unpacked(begins),
    file: begins,
    ramdisk: ownRamdisk ?? (ramdisk === undefined ? undefined : await fetched(ramdisk)),
    commandLine,
  };
  return {
    ...{ memoryBytes, start, interpreter: await fetched(offered.interpreter) },
    firmware: offered.firmware === undefined ? undefined : await fetched(offered.firmware),
    cards: new Map(await Promise.all(Object.entries(offered.cards).map(async ([name, at]) => [name, await fetched(at)] as const))),
    ...{ ahci: (ahci ?? []).map(remote), nvme: (nvme ?? []).map(remote), virtio: (virtio ?? []).map(remote) },
    disks: ownDisk === undefined ? (disks ?? []).map(remote) : [ownDisk],
    floppies: ownFloppy === undefined ? (floppies ?? []).map(remote) : [ownFloppy],
    cd: ownCd ?? (cd === undefined ? undefined : remote(cd)),
  };
};

/** Whether any file is somebody's own. */
export const isOwnIn = (files: Choice['files']): boolean => Object.values(files).some((file) => file !== undefined);

/** Throws an Error that names it where it can't be had. */
export const snapshotAt = async (address: string): Promise<NonNullable<Plan['restore']>> => ({
  ...nameOf(address),
  from: await blobAt(address),
});

/** The last part of its path. */
const nameOf = (address: string): { readonly name: string } => ({ name: decodeURIComponent(address.split('/').at(-1) ?? address) });

const fetched = async (address: string): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await (await blobAt(address)).arrayBuffer());

const blobAt = async (address: string): Promise<Blob> => {
  for (let tries = 1; ; tries++) {
    try {
      const response = await fetch(address);
      if (!response.ok) throw new Error(`${address} can't be had: ${response.status} ${response.statusText}`);
      return await response.blob();
    } catch (error) {
      // What was broken off is a TypeError: Fetch, "Fetch method".
      if (!(error instanceof TypeError)) throw error;
      if (tries === mostTries) throw new Error(`${address} can't be had: ${error.message}`);
      await untilNextTry();
    }
  }
};

/** RFC 1952. */
const unpacked = async (file: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  file[0] === 0x1f && file[1] === 0x8b
    ? new Uint8Array(await new Response(new Blob([file]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer())
    : file;
