/** Streams of bytes, measured and packed while they pass. */
import { createHash, hash } from 'node:crypto';
import { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Digest } from '../../environment/index.ts';
import { Damage, type Sha256, Unsupported } from '../../oci/index.ts';

export const sha256: Sha256 = (content) => `sha256:${hash('sha256', content, 'hex')}`;

/** Foreign bytes as text. Throws Damage. */
export const utf8 = (bytes: Uint8Array, what: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Damage(`${what} is no UTF-8 text`);
  }
};

/** Counts and digests what it is shown. */
export class Meter {
  readonly #hash = createHash('sha256');
  bytes = 0;

  see(piece: Uint8Array): void {
    this.#hash.update(piece);
    this.bytes += piece.length;
  }

  /** To be asked once, after the last piece. */
  digest(): Digest {
    return `sha256:${this.#hash.digest('hex')}`;
  }
}

/** A stage of a pipeline that hands on what it is shown. */
export const watching = (see: (piece: Uint8Array) => void): Transform =>
  new Transform({
    transform(piece: Buffer, _encoding, done) {
      try {
        see(piece);
        done(null, piece);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });

export type Compression = 'gzip' | 'zstd' | 'xz' | 'none';

/** How many first bytes `compressionOf` needs. */
export const magicBytes = 6;

/** By the first bytes, as media types lie: RFC 1952; RFC 8878, 3.1; the .xz file format, 2.1.1.1. Throws Unsupported. */
export const compressionOf = (first: Uint8Array): Compression => {
  const begins = (...bytes: number[]): boolean => bytes.every((byte, at) => first[at] === byte);
  if (begins(0x1f, 0x8b)) return 'gzip';
  const skippable = first[0] !== undefined && (first[0] & 0xf0) === 0x50 && first[1] === 0x2a && first[2] === 0x4d && first[3] === 0x18;
  if (begins(0x28, 0xb5, 0x2f, 0xfd) || skippable) return 'zstd';
  if (begins(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return 'xz';
  if (begins(0x42, 0x5a, 0x68)) throw new Unsupported('it is packed with bzip2', 'pack it with gzip, zstd or xz instead');
  return 'none';
};

/** A stage that unpacks; undefined where nothing is to be done. xz is a program's work: see transfer. */
export const unpacker = (compression: 'gzip' | 'zstd' | 'none'): Transform | undefined => {
  if (compression === 'none') return undefined;
  const chunkSize = 256 << 10;
  return compression === 'gzip' ? createGunzip({ chunkSize }) : createZstdDecompress({ chunkSize });
};

/** Says in our words what node:zlib found wrong. */
export const asDamage = (error: unknown): unknown => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR' || code === 'ZSTD_error_srcSize_wrong') return new Damage('its packed bytes end too early');
  return /^(Z|ZSTD)_/.test(code) ? new Damage('its packed bytes make no sense') : error;
};
