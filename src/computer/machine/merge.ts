/**
 * Each moment that is kept of a machine leaves its disk upon a layer more. Once there are many, all that have only what differs from the one below become one, so a machine can be kept any number of times. Snapshots and clones
 * have theirs by links of their own, and the machine's process has them open: whoever looks next finds the one.
 */
import { constants, openSync, renameSync, rmSync } from 'node:fs';
import { type BlockFile, createQcow2, Damage, Failing, type ImageDisk, type ImageFile, openImage, Unsupported } from '../../disk/index.ts';
import { type Abort, Refusal } from '../../environment/index.ts';
import { layerNumbers, seal } from '../../jail/root/layers.ts';
import { HostFile, unpackers } from '../medium/index.ts';
import type { Base } from '../process/description.ts';
import { bySlices } from '../snapshot/index.ts';

/** A disk may stand on twice as many: src/disk/open.ts. */
const mostLayers = 16;
/** What is read at once. */
const pieceBytes = 2 ** 20;

/** `lowest`: what all of them stand on, by the name that they have for it. Throws `no-moment` where they can't be made one; then all is as it was. */
export const mergeLayers = async (name: string, directory: string, lowest: Base, signal: Abort): Promise<void> => {
  const numbers = layerNumbers(directory);
  if (numbers.length < mostLayers) return;
  // One that is whole stays what all stand on.
  const above = numbers.filter((number) => !lowest.path.endsWith(`/${number}`));
  const fresh = `${directory}/merged`;
  rmSync(fresh, { force: true });
  try {
    await merge(
      above.toReversed().map((number) => `${directory}/${number}`),
      fresh,
      lowest,
      signal,
    );
    seal(fresh);
    renameSync(fresh, `${directory}/${above.at(-1)}`);
  } catch (error) {
    if (!isOfDisk(error)) throw error;
    throw new Refusal('no-moment', [name, `what its disk stands on can’t be made one image: ${error.message}`], { cause: error });
  } finally {
    rmSync(fresh, { force: true });
  }
  for (const number of above.slice(0, -1)) rmSync(`${directory}/${number}`);
};

const isOfDisk = (error: unknown): error is Error =>
  error instanceof Damage ||
  error instanceof Unsupported ||
  error instanceof Failing ||
  (error instanceof Error && 'code' in error && 'syscall' in error);

/** `layers`: the uppermost first. */
const merge = async (layers: readonly string[], to: string, { path, format, sizeBytes }: Base, signal: Abort): Promise<void> => {
  using files = new DisposableStack();
  const open = (at: string, flags: number): HostFile => files.use(new HostFile(openSync(at, flags, 0o600)));
  const below = new Below(sizeBytes);
  const end: ImageFile = { file: below, identity: path, next: () => end };
  // What they say that they stand on was written in a jail: it is what lies below.
  const layer = (index: number): ImageFile => {
    const at = layers[index];
    return at === undefined
      ? end
      : { file: open(at, constants.O_RDONLY | constants.O_NOFOLLOW), identity: at, next: () => layer(index + 1) };
  };
  const from = openImage(layer(0), { format: 'qcow2', isReadOnly: true, unpack: unpackers });
  if (from.sizeBytes !== sizeBytes) throw new Damage(`a layer has ${from.sizeBytes} bytes, and the disk ${sizeBytes}`);
  const file = open(to, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL);
  createQcow2(file, { sizeBytes, backing: { name: path, format } });
  const into = openImage({ file, identity: to, next: () => end }, { format: 'qcow2', isReadOnly: false, unpack: unpackers });
  await bySlices(copyLayers(from, below, into), signal);
  if (!into.close()) throw new Failing('it can’t be written');
};

/** All that isn't read from below. */
function* copyLayers(from: ImageDisk, below: Below, to: ImageDisk): Generator<void> {
  const piece = new Uint8Array(pieceBytes);
  for (let at = 0; at < from.sizeBytes; at += pieceBytes) {
    const bytes = piece.subarray(0, Math.min(pieceBytes, from.sizeBytes - at));
    below.forget();
    if (!from.read(at, bytes)) throw new Failing('a layer can’t be read');
    for (const { begin, end } of below.others(at, at + bytes.length)) {
      const some = bytes.subarray(begin - at, end - at);
      const isWritten = some.every((byte) => byte === 0) ? to.discard(begin, some.length) : to.write(begin, some);
      if (!isWritten) throw new Failing('it can’t be written: is the host’s disk full?');
    }
    yield;
  }
}

/** Stands where they end, and notes what is read of it. */
class Below implements BlockFile {
  readonly sizeBytes: number;
  #reads: { readonly begin: number; readonly end: number }[] = [];

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
  }

  read(begin: number, into: Uint8Array): boolean {
    this.#reads.push({ begin, end: begin + into.length });
    return true;
  }

  write(): boolean {
    return false;
  }

  flush(): boolean {
    return true;
  }

  forget(): void {
    this.#reads = [];
  }

  /** What was read between two places, but not here: in ascending order, as it was read. */
  *others(from: number, to: number): Generator<{ readonly begin: number; readonly end: number }> {
    let begin = from;
    for (const read of [...this.#reads, { begin: to, end: to }]) {
      if (read.begin > begin) yield { begin, end: read.begin };
      begin = read.end;
    }
  }
}
