/** Fetches an image from a registry into the store. */
import type { Call, ImageView, PullOptions } from '../../environment/index.ts';
import { parsePlatform } from '../../oci/document/index.ts';
import { parseReference, scheme } from '../../oci/index.ts';
import { alone } from '../catalog/alone.ts';
import { canonicalName, parseImageName } from '../catalog/name.ts';
import type { Shop } from '../catalog/shop.ts';
import { nodeSignal } from '../intake/abort.ts';
import { Assembly } from '../intake/assembly.ts';
import { hostPlatform } from '../intake/host-platform.ts';
import { Intake } from '../intake/intake.ts';
import { refusing, requireRoot } from '../intake/refusal.ts';
import { parseCredentials, storedCredentials } from './credentials.ts';
import { fetchBlob } from './download.ts';
import { findManifest } from './manifest.ts';
import { Registry } from './registry.ts';

/** Asks the registry anew even if the name is here. */
export const pull = async (shop: Shop, reference: string, options: PullOptions, call: Call): Promise<ImageView> => {
  const canonical = canonicalName(reference.startsWith(scheme) ? reference : `${scheme}${reference}`);
  const name = options.name === undefined ? canonical : parseImageName(options.name);
  return await alone(shop, name, 'image pull', call, () => fetchImage(shop, canonical, { ...options, name }, call));
};

/** To be called with the name locked. `asked` is canonical. */
export const fetchImage = async (
  shop: Shop,
  asked: string,
  options: PullOptions & { readonly name: string },
  call: Call,
): Promise<ImageView> => {
  requireRoot(`pulling ${asked}`);
  const reference = parseReference(asked);
  const wanted = options.platform === undefined ? hostPlatform() : parsePlatform(options.platform);
  const given = options.credentials === undefined ? undefined : parseCredentials(options.credentials);
  const credentials = given ?? (await storedCredentials(reference.host, reference.repository, call.signal));
  // Ends what runs side by side when one part fails.
  const failed = new AbortController();
  const signal = AbortSignal.any([nodeSignal(call.signal), failed.signal]);
  using registry = new Registry(reference, { credentials, insecure: options.insecure, signal });
  await using intake = new Intake(shop);
  const assembly = new Assembly({
    ...{ intake, asked, call, signal, stage: 'downloading' },
    bring: (blob, kind, arrived) => fetchBlob({ registry, intake, name: asked, signal, arrived }, blob, kind),
  });
  return await refusing(asked, shop.place.directory, async () => {
    try {
      call.progress({ stage: `asking ${registry.host}` });
      const found = await findManifest(registry, reference, wanted, asked);
      return await assembly.run({ found, wanted, source: `pulled from ${registry.host}`, name: options.name });
    } finally {
      failed.abort();
      await assembly.settled();
    }
  });
};
