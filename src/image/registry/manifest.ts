/** From a reference to the manifest for one platform. */
import { type Digest, Refusal } from '../../environment/index.ts';
import {
  type Descriptor,
  documentMost,
  type Index,
  indexTypes,
  type Manifest,
  manifestTypes,
  type Platform,
  parseManifest,
} from '../../oci/document/index.ts';
import { Damage, isDigest, type Reference } from '../../oci/index.ts';
import type { FoundManifest } from '../intake/assembly.ts';
import { sha256, utf8 } from '../intake/bytes.ts';
import { chooseManifest, indexesMost } from '../intake/manifest-choice.ts';
import { readBody } from './http.ts';
import type { Registry } from './registry.ts';

/** `name` is the reference for messages. Throws `unknown-image`, `platform-absent`, `digest-differs` or Damage. */
export const findManifest = async (registry: Registry, reference: Reference, wanted: Platform, name: string): Promise<FoundManifest> => {
  let found = await fetchManifest(registry, reference.digest ?? reference.tag ?? 'latest', undefined, name);
  for (let depth = 0; found.document.kind === 'index'; depth++) {
    if (depth === indexesMost) throw new Damage(`its index leads to another, ${indexesMost} times`);
    const chosen = chooseManifest(found.document, wanted, name);
    found = await fetchManifest(registry, chosen.digest, chosen, name);
  }
  const { digest, mediaType, bytes, document } = found;
  return { digest, mediaType, bytes, manifest: document };
};

interface Fetched {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly document: Manifest | Index;
}

const fetchManifest = async (registry: Registry, wanted: string, promised: Descriptor | undefined, name: string): Promise<Fetched> => {
  const what = `the manifest of ${name}`;
  const answer = await registry.get({
    path: `manifests/${wanted}`,
    what,
    missing: () =>
      promised === undefined
        ? new Refusal('unknown-image', [name])
        : new Refusal('image-damaged', [name, `${registry.host} has no manifest ${wanted}, which its index names`]),
    headers: { accept: [...manifestTypes, ...indexTypes].join(', ') },
  });
  const bytes = await readBody(answer, documentMost);
  if (bytes === undefined) throw new Damage(`its manifest is longer than ${documentMost} bytes`);
  const digest = sha256(bytes);
  // What was asked for by digest must have it; what was asked for by tag must have the one the registry says.
  const said = answer.headers['docker-content-digest'];
  const due = isDigest(wanted) ? wanted : typeof said === 'string' && isDigest(said) ? said : digest;
  if (due !== digest) throw new Refusal('digest-differs', [what, due, digest]);
  if (promised !== undefined && promised.size !== bytes.length)
    throw new Damage(`its manifest has ${bytes.length} bytes, and its index says ${promised.size}`);
  const carrier = (answer.headers['content-type'] ?? '').split(';')[0]?.trim();
  const document = parseManifest(utf8(bytes, 'its manifest'), carrier);
  const usual = document.kind === 'index' ? indexTypes[0] : manifestTypes[0];
  const mediaType = [carrier, promised?.mediaType].find((type) => type !== undefined && [...manifestTypes, ...indexTypes].includes(type));
  return { digest, mediaType: mediaType ?? usual ?? '', bytes, document };
};
