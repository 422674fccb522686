/**
 * Quantities that must not be confused, and how people write them.
 * A brand is made here only, by a function that checks.
 */
import { Refusal } from '../refusal.ts';

declare const unit: unique symbol;
type Unit<Name extends string, T> = T & { readonly [unit]: Name };

/** A whole number of bytes, 0 … 2^53-1. */
export type Bytes = Unit<'bytes', number>;
/** A span of wall time in milliseconds, ≥ 0, may be fractional. */
export type Millis = Unit<'millis', number>;
/** Processors' worth of time, e.g. 1.5; > 0. */
export type Cpus = Unit<'cpus', number>;
/** Network rate in bits per second, > 0. Decimal prefixes, as in tc(8). */
export type BitRate = Unit<'bits per second', number>;
/** Disk rate in bytes per second, > 0. */
export type ByteRate = Unit<'bytes per second', number>;

export const bytes = (count: number): Bytes => whole(count, 'a size in bytes') as Bytes;
export const millis = (count: number): Millis => {
  if (!(count >= 0)) throw new RangeError(`${count} is not a span in milliseconds`);
  return count as Millis;
};

const binary: Readonly<Record<string, number>> = { '': 0, b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 };
const decimal: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 };

/** `512M`, `1.5GiB`, `4096`: powers of 1024, as podman and docker read them. */
export const parseBytes = (text: string, what = 'a size'): Bytes => {
  const match = /^(\d+(?:\.\d+)?)([bkmgtp]?)(?:i?b)?$/i.exec(text.trim());
  const power = match?.[2] === undefined ? undefined : binary[match[2].toLowerCase()];
  const count = match && power !== undefined ? Math.round(Number(match[1]) * 1024 ** power) : Number.NaN;
  if (!Number.isSafeInteger(count)) throw new Refusal('malformed-quantity', [what, text, '512M, 1.5G or 4096']);
  return count as Bytes;
};

/** `50M` or `50Mbit`: powers of 1000, bits per second, as tc(8) reads `mbit`. */
export const parseBitRate = (text: string, what = 'a network rate'): BitRate => {
  const match = /^(\d+(?:\.\d+)?)([kmgt]?)(?:bit|bps)?$/i.exec(text.trim());
  const power = match?.[2] === undefined ? undefined : decimal[match[2].toLowerCase()];
  const rate = match && power !== undefined ? Math.round(Number(match[1]) * 1000 ** power) : Number.NaN;
  if (!(rate >= 8000)) throw new Refusal('malformed-quantity', [what, text, '50M, 1.5G or 64k (bits per second, at least 8k)']);
  return rate as BitRate;
};

/** `10M`: bytes per second, powers of 1024. */
export const parseByteRate = (text: string, what = 'a disk rate'): ByteRate => {
  const rate = parseBytes(text.replace(/\/s$/i, ''), what) as number;
  if (rate < 1) throw new Refusal('malformed-quantity', [what, text, '10M (bytes per second, above 0)']);
  return rate as ByteRate;
};

/** `250ms`, `10s`, `2m`, `1h30m`; a bare number is seconds. */
export const parseSpan = (text: string, what = 'a time span'): Millis => {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return (Number(trimmed) * 1000) as Millis;
  const scale: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== trimmed) {
    throw new Refusal('malformed-quantity', [what, text, '250ms, 10s, 2m or 1h30m']);
  }
  return parts.reduce((sum, part) => sum + Number(part[1]) * (scale[part[2] ?? ''] ?? 0), 0) as Millis;
};

/** `2` or `0.5` processors. */
export const parseCpus = (text: string, what = 'a number of processors'): Cpus => {
  const count = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(count >= 0.01 && count <= 8192)) throw new Refusal('malformed-quantity', [what, text, '2 or 0.5']);
  return count as Cpus;
};

/** A whole number within [least, most]. */
export const parseWhole = (text: string, what: string, least: number, most: number): number => {
  const count = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(count >= least && count <= most))
    throw new Refusal('malformed-value', [what, text, `write a whole number from ${least} to ${most}`]);
  return count;
};

/** `1.2 GiB`, three significant digits at most, for people only. */
export const showBytes = (count: number): string => {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let scaled = count;
  let power = 0;
  while (scaled >= 1024 && power < names.length - 1) {
    scaled /= 1024;
    power++;
  }
  return `${power === 0 || scaled >= 100 ? Math.round(scaled) : Number(scaled.toFixed(1))} ${names[power]}`;
};

/** `1m 4s`, `350 ms`, `3d 2h`: the two largest units, for people only. */
export const showSpan = (span: number): string => {
  if (span < 1000) return `${Math.round(span)} ms`;
  if (span < 60_000) return `${Number((span / 1000).toFixed(1))} s`;
  const minutes = Math.floor(span / 60_000);
  if (minutes < 60) return `${minutes}m ${Math.floor((span % 60_000) / 1000)}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
};

/** `50 Mbit/s`, for people only. */
export const showBitRate = (rate: number): string => {
  const power = Math.min(3, Math.max(0, Math.floor(Math.log10(rate) / 3)));
  return `${Number((rate / 1000 ** power).toFixed(2))} ${['', 'k', 'M', 'G'][power]}bit/s`;
};

const whole = (count: number, what: string): number => {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`${count} is not ${what}`);
  return count;
};
