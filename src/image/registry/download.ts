/** Fetches one blob, goes on where an earlier attempt ended, and lets nothing through that is not what its digest says. */
import { closeSync, createReadStream, ftruncateSync, openSync, rmSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { Refusal } from '../../environment/index.ts';
import { hasCode } from '../../host/index.ts';
import type { Descriptor } from '../../oci/document/index.ts';
import { Damage } from '../../oci/index.ts';
import { Meter } from '../intake/bytes.ts';
import type { Intake } from '../intake/intake.ts';
import { Space } from '../unpack/space.ts';
import { type Answer, isPassing } from './http.ts';
import { pause } from './pause.ts';
import { pausesMs, type Registry } from './registry.ts';

/** What must have come for a further attempt to count as the first again. */
const headwayBytes = 64 << 10;

export interface Fetch {
  readonly registry: Registry;
  readonly intake: Intake;
  /** The reference, for messages. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** Told of bytes that are here now: those kept from before, and what arrives. Negative where bytes turn out useless. */
  arrived(bytes: number): void;
}

/** Afterwards the blob is in the store. `kind` is what it is, for messages. */
export const fetchBlob = async (fetch: Fetch, blob: Descriptor, kind: string): Promise<void> => {
  const { intake, signal, arrived } = fetch;
  const { locks, place } = intake.shop;
  await locks.hold(
    `blob ${blob.digest}`,
    'image pull',
    async () => {
      if (intake.hasBlob(blob.digest)) return arrived(blob.size);
      const partial = place.partial(blob.digest);
      // A file that a power cut tore has the right length and the wrong bytes: then all of it is fetched once more.
      const kept = sizeOf(partial);
      const got = await complete(fetch, blob, kind, partial);
      const again = got !== blob.digest && kept > 0;
      const final = again ? await complete(fetch, blob, kind, emptied(partial, arrived)) : got;
      if (final !== blob.digest) {
        unlinkSync(partial);
        throw new Refusal('digest-differs', [`${kind} of ${fetch.name}`, blob.digest, final]);
      }
      intake.putBlob(blob.digest, partial);
    },
    { signal },
  );
};

/** What came is kept unless it is of no use, or nothing more has room. */
const complete = async (fetch: Fetch, blob: Descriptor, kind: string, path: string): Promise<string> => {
  try {
    return await attempts(fetch, blob, kind, path);
  } catch (error) {
    const useless = error instanceof Damage || hasCode(error, 'ENOSPC') || (error instanceof Refusal && error.code === 'no-space');
    if (useless || sizeOf(path) === 0) rmSync(path, { force: true });
    throw error;
  }
};

/** Attempts until the file has its size. Returns the digest of what is in it. */
const attempts = async (fetch: Fetch, blob: Descriptor, kind: string, path: string): Promise<string> => {
  const meter = await meterOf(path, blob.size, fetch);
  const file = openSync(path, 'a', 0o600);
  try {
    for (let failures = 0; meter.bytes < blob.size; failures++) {
      const before = meter.bytes;
      try {
        await attempt(fetch, blob, kind, file, meter);
      } catch (error) {
        fetch.signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        if (meter.bytes - before >= headwayBytes) failures = 0;
        const pauseMs = pausesMs[failures];
        if (pauseMs === undefined) throw fetch.registry.unreachable(error);
        await pause(pauseMs, fetch.signal);
      }
    }
    return meter.digest();
  } finally {
    closeSync(file);
  }
};

/** One request, from where the file ends. */
const attempt = async (fetch: Fetch, blob: Descriptor, kind: string, file: number, meter: Resumable): Promise<void> => {
  const answer = await fetch.registry.get(
    {
      path: `blobs/${blob.digest}`,
      what: `${kind} of ${fetch.name}`,
      missing: () =>
        new Refusal('image-damaged', [fetch.name, `${fetch.registry.host} has no blob ${blob.digest}, which its manifest names`]),
      headers: meter.bytes > 0 ? { range: `bytes=${meter.bytes}-` } : {},
    },
    [416],
  );
  try {
    const start = startOf(answer, blob, kind, meter.bytes);
    if (start !== meter.bytes) {
      fetch.arrived(-meter.bytes);
      ftruncateSync(file, 0);
      meter.reset();
    }
    const space = new Space(`${kind} of ${fetch.name}`, fetch.intake.shop.place.directory);
    for await (const piece of answer.body as AsyncIterable<Uint8Array>) {
      if (meter.bytes + piece.length > blob.size) throw new Damage(`${kind} is longer than the ${blob.size} bytes its manifest says`);
      space.spend(piece.length);
      for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
      meter.see(piece);
      fetch.arrived(piece.length);
    }
    if (meter.bytes === blob.size) return;
    if (answer.body.complete) throw new Damage(`${kind} ends after ${meter.bytes} of the ${blob.size} bytes its manifest says`);
    throw Object.assign(new Error('the line dropped'), { code: 'ECONNRESET' });
  } finally {
    answer.body.destroy();
  }
};

/** Where the answer's bytes begin: RFC 9110, 14.4 "Content-Range" and 15.5.17. Throws Damage where the whole has another size. */
const startOf = ({ status, headers }: Answer, blob: Descriptor, kind: string, asked: number): number => {
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(headers['content-range'] ?? '');
  const total = status === 200 ? headers['content-length'] : range?.[2];
  if (total !== undefined && Number(total) !== blob.size)
    throw new Damage(`${kind} has ${total} bytes, and its manifest says ${blob.size}`);
  if (status === 416) throw new Damage(`${kind} ends before the ${blob.size} bytes its manifest says`);
  if (status === 200) return 0;
  const start = Number(range?.[1] ?? Number.NaN);
  if (status !== 206 || start !== asked)
    throw new Damage(`${kind} was asked for from byte ${asked}, and came as ${headers['content-range'] ?? `status ${status}`}`);
  return start;
};

/** A meter that can begin anew. */
class Resumable {
  #meter = new Meter();

  get bytes(): number {
    return this.#meter.bytes;
  }

  see(piece: Uint8Array): void {
    this.#meter.see(piece);
  }

  reset(): void {
    this.#meter = new Meter();
  }

  digest(): string {
    return this.#meter.digest();
  }
}

/** Of what is there already; what is too long is of no use. */
const meterOf = async (path: string, size: number, { arrived }: Fetch): Promise<Resumable> => {
  const meter = new Resumable();
  const kept = sizeOf(path);
  if (kept > size) unlinkSync(path);
  else if (kept > 0) for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) meter.see(piece as Uint8Array);
  arrived(meter.bytes);
  return meter;
};

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

const emptied = (path: string, arrived: (bytes: number) => void): string => {
  arrived(-sizeOf(path));
  unlinkSync(path);
  return path;
};
