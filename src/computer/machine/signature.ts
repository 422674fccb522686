/**
 * What is kept of a machine that ran is signed, so nothing goes on from what this store has not written. A line of JSON says what its files are, and the next has that line's HMAC-SHA-256 (RFC 2104) by the store's
 * secret. The shape of its computer is in the memory's own header.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { Refusal } from '../../environment/index.ts';
import { writeWhole } from '../../host/file/files.ts';
import type { Surroundings } from '../../jail/index.ts';
import { layerNumbers, signatureIn } from '../../jail/root/layers.ts';

const secretBytes = 32;

interface Signed {
  readonly isola: 'moment';
  /** SHA-256. */
  readonly memory: string;
  /** Disks are too large for that: how long, and written last when, in nanoseconds since 1970; by their numbers. */
  readonly layers: readonly { readonly bytes: string; readonly writtenNs: string }[];
}

/** Of a moment whose images are in a directory, and its memory at a path. */
export const sign = async (surroundings: Surroundings, layers: string, memory: string): Promise<void> => {
  const line = JSON.stringify(await signedOf(layers, memory));
  writeWhole(signatureIn(layers), `${line}\n${codeOf(line, await secretOf(surroundings)).toString('hex')}\n`, {
    mode: 0o600,
    durable: true,
  });
};

/** Throws `no-restore` for the first thing that is not as it was signed. */
export const refuseChanged = async (surroundings: Surroundings, layers: string, memory: string): Promise<void> => {
  const refuse = (why: string): Refusal => new Refusal('no-restore', [memory, why]);
  const path = signatureIn(layers);
  const [line = '', code = ''] = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const [found, wanted] = [Buffer.from(code, 'hex'), codeOf(line, await secretOf(surroundings))];
  if (found.length !== wanted.length || !timingSafeEqual(found, wanted)) throw refuse('it is not signed by this store');
  // It was written above.
  const signed: Signed = JSON.parse(line);
  const here = await signedOf(layers, memory);
  if (here.memory !== signed.memory) throw refuse('it is not what was signed: its SHA-256 is another one');
  if (JSON.stringify(here.layers) !== JSON.stringify(signed.layers)) throw refuse('its disk was changed since it was signed');
};

const signedOf = async (layers: string, memory: string): Promise<Signed> => ({
  isola: 'moment',
  memory: await digestOf(memory),
  layers: layerNumbers(layers).map((number) => {
    const { size, mtimeNs } = statSync(`${layers}/${number}`, { bigint: true });
    return { bytes: `${size}`, writtenNs: `${mtimeNs}` };
  }),
});

/** While it is in the processor's cache: half of what a stream takes. */
const pieceBytes = 2 ** 18;
/** Between turns of others: 32 MiB. */
const piecesAtOnce = 128;

const digestOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafeSlow(pieceBytes);
  const file = openSync(path, 'r');
  try {
    for (let pieces = 1; ; pieces++) {
      const count = readSync(file, piece);
      if (count === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, count));
      if (pieces % piecesAtOnce === 0) await turn();
    }
  } finally {
    closeSync(file);
  }
};

const codeOf = (line: string, secret: Uint8Array): Buffer => createHmac('sha256', secret).update(line).digest();

/** Made once for each store, whose owner alone reads it. */
const secretOf = async ({ store, alone }: Surroundings): Promise<Uint8Array> => {
  const path = `${store}/secret`;
  if (!existsSync(path))
    await alone('secret', 'make the store’s secret', async () => {
      if (!existsSync(path)) writeWhole(path, randomBytes(secretBytes), { mode: 0o600, durable: true });
    });
  return readFileSync(path);
};
