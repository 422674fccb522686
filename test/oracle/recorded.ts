/** Instructions that somebody recorded on hardware, in the MOO format of dbalsom/moo, version 1.1: chunks of four letters and a length. */
import { gunzipSync } from 'node:zlib';

/** Registers of an 80286 in the order of a chunk's mask. */
export const registerNames = ['ax', 'bx', 'cx', 'dx', 'cs', 'ss', 'ds', 'es', 'sp', 'bp', 'si', 'di', 'ip', 'flags'] as const;
export type RegisterName = (typeof registerNames)[number];

export interface Snapshot {
  /** Those that are named; after it ran, those that changed. */
  readonly registers: ReadonlyMap<RegisterName, number>;
  readonly memory: readonly { readonly at: number; readonly value: number }[];
}

export interface Recorded {
  readonly name: string;
  readonly code: Uint8Array;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly exception: { readonly vector: number } | undefined;
  readonly hash: string;
}

export const readRecorded = (compressed: Uint8Array): readonly Recorded[] =>
  chunksOf(gunzipSync(compressed))
    .filter(({ name }) => name === 'TEST')
    .map(({ body }) => testOf(body.subarray(4)));

interface Chunk {
  readonly name: string;
  readonly body: Uint8Array;
}

const chunksOf = (bytes: Uint8Array): readonly Chunk[] => {
  const chunks: Chunk[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = viewOf(bytes).getUint32(at + 4, true);
    chunks.push({ name: String.fromCharCode(...bytes.subarray(at, at + 4)), body: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length;
  }
  return chunks;
};

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const testOf = (bytes: Uint8Array): Recorded => {
  const chunks = new Map(chunksOf(bytes).map(({ name, body }) => [name, body]));
  const of = (name: string): Uint8Array => chunks.get(name) ?? new Uint8Array();
  const exception = chunks.get('EXCP');
  return {
    name: new TextDecoder().decode(of('NAME').subarray(4)),
    code: of('BYTS').subarray(4),
    before: snapshotOf(of('INIT')),
    after: snapshotOf(of('FINA')),
    exception: exception && { vector: exception[0] ?? 0 },
    hash: Array.from(of('HASH'), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  };
};

const snapshotOf = (bytes: Uint8Array): Snapshot => {
  const chunks = new Map(chunksOf(bytes).map(({ name, body }) => [name, body]));
  const registers = new Map<RegisterName, number>();
  const words = viewOf(chunks.get('REGS') ?? new Uint8Array(2));
  let at = 2;
  for (const [bit, name] of registerNames.entries()) {
    if ((words.getUint16(0, true) & (1 << bit)) === 0) continue;
    registers.set(name, words.getUint16(at, true));
    at += 2;
  }
  const cells = viewOf(chunks.get('RAM ') ?? new Uint8Array(4));
  const memory = Array.from({ length: cells.getUint32(0, true) }, (_, index) => ({
    at: cells.getUint32(4 + 5 * index, true),
    value: cells.getUint8(8 + 5 * index),
  }));
  return { registers, memory };
};
