/** What a computer is made of: files beside the page, named by machine.json, and those that somebody chooses on it. */
import { mostTries, untilNextTry } from '../loading.ts';
import type { Plan } from '../messages.ts';

/** What whoever serves the page gives along: addresses of files, relative to the page. */
export interface Offer {
  readonly memoryBytes: number;
  readonly interpreter: string;
  /** Absent where SeaBIOS wasn't there: then only a kernel begins. */
  readonly firmware?: string;
  readonly cards: Readonly<Record<string, string>>;
  readonly kernel?: string;
  readonly ramdisk?: string;
  readonly commandLine: string;
  readonly disks: readonly string[];
  readonly nvme: readonly string[];
  readonly floppies: readonly string[];
  readonly cd?: string;
}

/** What is chosen on the page; nothing of what isn't. */
export interface Choice {
  readonly memoryBytes: number;
  readonly commandLine: string;
  readonly files: Readonly<Record<'kernel' | 'ramdisk' | 'disk' | 'cd' | 'floppy', File | undefined>>;
}

export const offer = async (): Promise<Offer> => JSON.parse(new TextDecoder().decode(await fetched('machine.json'))) as Offer; // Whoever serves the page wrote it.

/** Throws an Error that names the file that can't be had. */
export const planOf = async (offered: Offer, { memoryBytes, commandLine, files }: Choice): Promise<Plan> => {
  const isOwn = Object.values(files).some((file) => file !== undefined);
  // Who chooses anything wants no other's.
  const { kernel, ramdisk, cd, disks, floppies, nvme } = isOwn ? ({ disks: [], floppies: [], nvme: [] } as Partial<Offer>) : offered;
  const [own, ownRamdisk, ownDisk, ownCd, ownFloppy] = await Promise.all(
    [files.kernel, files.ramdisk, files.disk, files.cd, files.floppy].map((file) =>
      file?.arrayBuffer().then((buffer) => new Uint8Array(buffer)),
    ),
  );
  const begins = own ?? (kernel === undefined ? undefined : await fetched(kernel));
  const start = begins && {
    kernel: await unpacked(begins),
    ramdisk: ownRamdisk ?? (ramdisk === undefined ? undefined : await fetched(ramdisk)),
    commandLine,
  };
  return {
    ...{ memoryBytes, start, interpreter: await fetched(offered.interpreter) },
    firmware: offered.firmware === undefined ? undefined : await fetched(offered.firmware),
    cards: new Map(await Promise.all(Object.entries(offered.cards).map(async ([name, at]) => [name, await fetched(at)] as const))),
    disks: ownDisk === undefined ? await allOf(disks) : [ownDisk],
    nvme: await allOf(nvme),
    floppies: ownFloppy === undefined ? await allOf(floppies) : [ownFloppy],
    cd: ownCd ?? (cd === undefined ? undefined : await fetched(cd)),
  };
};

const allOf = (addresses: readonly string[] = []): Promise<Uint8Array<ArrayBuffer>[]> => Promise.all(addresses.map(fetched));

const fetched = async (address: string): Promise<Uint8Array<ArrayBuffer>> => {
  for (let tries = 1; ; tries++) {
    try {
      const response = await fetch(address);
      if (!response.ok) throw new Error(`${address} can't be had: ${response.status} ${response.statusText}`);
      return new Uint8Array(await response.arrayBuffer());
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
