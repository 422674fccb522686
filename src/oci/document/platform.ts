/** Which machine an image is made for: image-spec v1.1, image-index.md, "platform"; names are Go's GOOS and GOARCH. */
import type { ociImage } from '../../abi/index.ts';
import { Refusal } from '../../environment/index.ts';

export type Platform = ociImage.Platform;

/** Older variants run on newer processors, the newest first; a missing variant means the first that is named so. */
const variants: Readonly<Record<string, readonly string[]>> = {
  amd64: ['v4', 'v3', 'v2', 'v1'],
  arm: ['v8', 'v7', 'v6', 'v5'],
  arm64: ['v9', 'v8'],
};
const unsaid: Readonly<Record<string, string>> = { amd64: 'v1', arm: 'v7', arm64: 'v8' };
const aliases: Readonly<Record<string, Platform>> = {
  x86_64: { os: '', architecture: 'amd64' },
  'x86-64': { os: '', architecture: 'amd64' },
  aarch64: { os: '', architecture: 'arm64' },
  i386: { os: '', architecture: '386' },
  armhf: { os: '', architecture: 'arm', variant: 'v7' },
  armel: { os: '', architecture: 'arm', variant: 'v6' },
};

/** Reads `linux/arm64[/v8]`. Throws `malformed-value`. */
export const parsePlatform = (text: string): Platform => {
  const match = /^([a-z0-9]+)\/([a-z0-9_-]+)(?:\/(v[0-9]+(?:\.[0-9]+)?))?$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined)
    throw new Refusal('malformed-value', ['--platform', text, 'write OS/ARCHITECTURE[/VARIANT], e.g. linux/amd64 or linux/arm/v7']);
  const alias = aliases[match[2]];
  const variant = match[3] ?? alias?.variant;
  return { os: match[1], architecture: alias?.architecture ?? match[2], ...(variant !== undefined && { variant }) };
};

/** `linux/arm/v7`; a variant that goes without saying is left away. */
export const formatPlatform = ({ os, architecture, variant }: Platform): string =>
  `${os}/${architecture}${variant === undefined || variant === unsaid[architecture] ? '' : `/${variant}`}`;

/**
 * The one that suits `wanted` best: the same system and architecture, the newest variant that is not newer than wanted.
 * Among equals the first, as the specification asks.
 */
export const choosePlatform = <T extends { readonly platform?: Platform }>(offers: readonly T[], wanted: Platform): T | undefined => {
  let best: { offer: T; rank: number } | undefined;
  for (const offer of offers) {
    const rank = offer.platform === undefined ? -1 : rankOf(offer.platform, wanted);
    if (rank >= 0 && (best === undefined || rank < best.rank)) best = { offer, rank };
  }
  return best?.offer;
};

/** Whether an image made for `offered` runs where `wanted` is. */
export const suits = (offered: Platform, wanted: Platform): boolean => rankOf(offered, wanted) >= 0;

/** 0 is the best; negative: it doesn't run. */
const rankOf = (offered: Platform, wanted: Platform): number => {
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return -1;
  const [has, wants] = [variantOf(offered), variantOf(wanted)];
  if (has === wants) return 0;
  const order = variants[wanted.architecture] ?? [];
  const [hasAt, wantsAt] = [order.indexOf(has), order.indexOf(wants)];
  return hasAt < 0 || wantsAt < 0 ? -1 : hasAt - wantsAt;
};

const variantOf = ({ architecture, variant }: Platform): string =>
  variant === undefined || variant === '' ? (unsaid[architecture] ?? '') : variant;
