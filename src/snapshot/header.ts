/**
 * What a snapshot's file says of itself, in its first line, which can be read without the rest: JSON. The second line has the SHA-256 of the first. Behind them, up to a whole
 * page, are spaces. Then come the states of the parts, one behind the other; the table of runs; and from the next whole page on the pages of these runs, in their order.
 */

/** Counted up whenever what is written changes its meaning. */
export const snapshotVersion = 1;

/** How the first line begins. */
export const begins = '{"isola":"snapshot"';

/** What a computer is beside what its parts say, each by its name, in words that are compared. */
export type Words = Readonly<Record<string, string>>;

/** What whoever saves a computer says of it. */
export interface Facts {
  /** It can be restored where these are the same. */
  readonly computer: Words;
  /** What its disks are: how large, and what they hold. Likewise, but for those that may be others. */
  readonly media: Words;
  /** Nobody compares these: they are for who restores it. */
  readonly notes: Words;
}

export interface PartHeader {
  readonly name: string;
  /** SHA-256 of what its bytes mean, in words. */
  readonly shape: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Header extends Facts {
  readonly isola: 'snapshot';
  readonly version: number;
  /** Which isola wrote it. */
  readonly by: string;
  /** When, ISO 8601. */
  readonly made: string;
  /** The computer's own time, in nanoseconds: it goes on from there. */
  readonly at: string;
  /** SHA-256 of the snapshot whose pages are meant where this one has none; null: zeros are. */
  readonly base: string | null;
  /** The processor, and each device. */
  readonly parts: readonly PartHeader[];
  readonly memory: {
    /** Sizes of what it is made of, in bytes. */
    readonly areas: readonly number[];
    /** Runs of pages that hold anything, and the SHA-256 of their table. */
    readonly runs: number;
    readonly sha256: string;
    readonly pages: number;
  };
}

export const pageBytes = 4096;

/** As many as are missing to whole pages. */
export const toWhole = (length: number): number => (pageBytes - (length % pageBytes)) % pageBytes;

/** A computer has some 30 parts of some kilobytes. */
const [mostParts, mostPartBytes] = [1024, 2 ** 24] as const;
/** A page each, of more memory than there can be. */
const mostRuns = 2 ** 20;

const isCount = (value: unknown, most: number): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
const isText = (value: unknown): value is string => typeof value === 'string';
const isDigest = (value: unknown): boolean => isText(value) && /^[\da-f]{64}$/.test(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const areWords = (value: unknown): boolean => isObject(value) && Object.values(value).every(isText);

const isPart = (value: unknown): boolean =>
  isObject(value) &&
  isText(value['name']) &&
  isDigest(value['shape']) &&
  isCount(value['bytes'], mostPartBytes) &&
  isDigest(value['sha256']);

const isMemory = (value: unknown): boolean =>
  isObject(value) &&
  Array.isArray(value['areas']) &&
  value['areas'].every((bytes) => isCount(bytes, 2 ** 32)) &&
  isCount(value['runs'], mostRuns) &&
  isCount(value['pages'], mostRuns) &&
  isDigest(value['sha256']);

/** Whether what a first line says is a header of this version. */
export const isHeader = (value: unknown): value is Header => {
  if (!isObject(value)) return false;
  const { isola, version, by, made, at, base, parts, memory, computer, media, notes } = value;
  const isIt = isola === 'snapshot' && version === snapshotVersion && [by, made].every(isText);
  const isTimed = isText(at) && /^\d{1,19}$/.test(at) && BigInt(at) < 2n ** 63n;
  const hasParts = Array.isArray(parts) && parts.length <= mostParts && parts.every(isPart);
  return isIt && isTimed && (base === null || isDigest(base)) && hasParts && isMemory(memory) && [computer, media, notes].every(areWords);
};
