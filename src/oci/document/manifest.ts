/** Manifests and indexes, of OCI and of Docker: the same documents under other media types. */
import { ociImage } from '../../abi/index.ts';
import type { Digest } from '../../environment/index.ts';
import { Damage, Unsupported } from '../damage.ts';
import { parseDigest } from '../digest.ts';
import { absent, asCount, asList, asObject, asTable, asText, type Document, documentMost, parseDocument } from './json.ts';

/** A descriptor whose digest is known to be one. */
export interface Descriptor extends ociImage.Descriptor {
  readonly digest: Digest;
}

export interface Manifest {
  readonly kind: 'manifest';
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface Index {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
}

const { mediaTypes } = ociImage;
export const manifestTypes: readonly string[] = [mediaTypes.manifest, mediaTypes.dockerManifest];
export const indexTypes: readonly string[] = [mediaTypes.index, mediaTypes.dockerList];
const configTypes: readonly string[] = [mediaTypes.config, mediaTypes.dockerConfig];
/** Layers that may not be distributed have the same content: image-spec v1.1, layer.md, "Non-Distributable Layers". */
const layerForm =
  /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+gzip|\+zstd)?|docker\.image\.rootfs\.(?:diff|foreign\.diff)\.tar(?:\.gzip|\.zstd)?)$/;
const layersMost = 500;

/**
 * Reads either. `mediaType` is what the carrier calls it (a descriptor, a Content-Type), undefined where it says nothing;
 * the document's own word and its fields must agree with it. Throws Damage or Unsupported.
 */
export const parseManifest = (text: string, mediaType: string | undefined): Manifest | Index => {
  const document = parseDocument(text, 'the manifest');
  if (document['schemaVersion'] === 1) {
    const remedy = 'push the image again with a current tool, which writes schema version 2';
    throw new Unsupported('its manifest is of Docker’s schema version 1', remedy);
  }
  if (document['schemaVersion'] !== 2) throw new Damage('the manifest has no schemaVersion 2');
  const own = absent(document['mediaType']) ? undefined : asText(document['mediaType'], 'the mediaType of the manifest');
  const kind = kindOf(own) ?? kindOf(mediaType) ?? (document['manifests'] === undefined ? 'manifest' : 'index');
  if (kindOf(own) !== undefined && kindOf(mediaType) !== undefined && kindOf(own) !== kindOf(mediaType))
    throw new Damage(`the manifest calls itself ${own}, its carrier calls it ${mediaType}`);
  // A document that is both could mean one thing to one reader and another to the next (CVE-2021-41190).
  if (document['manifests'] !== undefined && (document['layers'] !== undefined || document['config'] !== undefined))
    throw new Damage('the manifest is an index as well');
  return kind === 'index' ? readIndex(document) : readManifest(document);
};

const kindOf = (mediaType: string | undefined): 'manifest' | 'index' | undefined => {
  if (mediaType === undefined) return undefined;
  if (manifestTypes.includes(mediaType)) return 'manifest';
  return indexTypes.includes(mediaType) ? 'index' : undefined;
};

const readIndex = (document: Document): Index => ({
  kind: 'index',
  manifests: asList(document['manifests'], 'the list of manifests', readDescriptor),
});

const readManifest = (document: Document): Manifest => {
  const config = readDescriptor(document['config'], 'the config');
  const layers = asList(document['layers'], 'the list of layers', readDescriptor);
  if (!configTypes.includes(config.mediaType)) {
    const kind = absent(document['artifactType']) ? config.mediaType : asText(document['artifactType'], 'the artifactType');
    throw new Unsupported(`it is no image but an artifact of type ${kind}`, 'choose an image made to be run');
  }
  if (config.size > documentMost) throw new Damage(`its config claims ${config.size} bytes`);
  if (layers.length > layersMost) throw new Damage(`it has ${layers.length} layers`);
  const strange = layers.find(({ mediaType }) => !layerForm.test(mediaType));
  if (strange !== undefined)
    throw new Unsupported(
      `it has a layer of type ${strange.mediaType.slice(0, 100)}`,
      'choose an image whose layers are tar, tar+gzip or tar+zstd',
    );
  return { kind: 'manifest', config, layers };
};

const readDescriptor = (value: unknown, what: string): Descriptor => {
  const fields = asObject(value, what);
  const { mediaType, digest, size, platform, annotations } = fields;
  return {
    mediaType: asText(mediaType, `the mediaType of ${what}`),
    digest: parseDigest(asText(digest, `the digest of ${what}`), what),
    size: asCount(size, `the size of ${what}`),
    ...(!absent(platform) && { platform: readPlatform(platform, `the platform of ${what}`) }),
    ...(!absent(annotations) && { annotations: asTable(annotations, `the annotations of ${what}`) }),
  };
};

const readPlatform = (value: unknown, what: string): ociImage.Platform => {
  const { os, architecture, variant } = asObject(value, what);
  return {
    os: asText(os, `os of ${what}`),
    architecture: asText(architecture, `architecture of ${what}`),
    ...(!absent(variant) && variant !== '' && { variant: asText(variant, `variant of ${what}`) }),
  };
};
