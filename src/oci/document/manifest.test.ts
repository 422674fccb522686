import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Damage, Unsupported } from '../damage.ts';
import { documentMost } from './json.ts';
import { parseManifest } from './manifest.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const oci = 'application/vnd.oci.image';
const docker = 'application/vnd.docker';
const manifest = (over: object = {}): Record<string, unknown> => ({
  schemaVersion: 2,
  mediaType: `${oci}.manifest.v1+json`,
  config: { mediaType: `${oci}.config.v1+json`, digest: digest('c'), size: 100 },
  layers: [{ mediaType: `${oci}.layer.v1.tar+gzip`, digest: digest('a'), size: 1000 }],
  ...over,
});
const index = (over: object = {}): Record<string, unknown> => ({
  schemaVersion: 2,
  mediaType: `${oci}.index.v1+json`,
  manifests: [{ mediaType: `${oci}.manifest.v1+json`, digest: digest('1'), size: 500, platform: { os: 'linux', architecture: 'amd64' } }],
  ...over,
});
const read = (document: unknown, mediaType?: string): ReturnType<typeof parseManifest> =>
  parseManifest(typeof document === 'string' ? document : JSON.stringify(document), mediaType);

describe('manifests', () => {
  test('of OCI', () => {
    const read1 = read(manifest());
    assert.equal(read1.kind, 'manifest');
    assert.equal(read1.kind === 'manifest' && read1.layers[0]?.digest, digest('a'));
  });

  test('of Docker', () => {
    const said = read({
      schemaVersion: 2,
      mediaType: `${docker}.distribution.manifest.v2+json`,
      config: { mediaType: `${docker}.container.image.v1+json`, digest: digest('c'), size: 1 },
      layers: [{ mediaType: `${docker}.image.rootfs.diff.tar.gzip`, digest: digest('a'), size: 2 }],
    });
    assert.equal(said.kind, 'manifest');
  });

  test('that say their kind through their carrier alone', () => {
    const { mediaType, ...bare } = manifest();
    assert.equal(read(bare, String(mediaType)).kind, 'manifest');
    const { mediaType: ofIndex, ...bareIndex } = index();
    assert.equal(read(bareIndex, String(ofIndex)).kind, 'index');
    assert.equal(read(bareIndex).kind, 'index');
  });

  test('of no layers', () => {
    assert.equal(read(manifest({ layers: [] })).kind, 'manifest');
  });
});

describe('indexes', () => {
  test('with platforms, Docker’s name for variants included', () => {
    const said = read(
      index({
        mediaType: `${docker}.distribution.manifest.list.v2+json`,
        manifests: [
          {
            mediaType: `${docker}.distribution.manifest.v2+json`,
            digest: digest('1'),
            size: 5,
            platform: { architecture: 'arm', os: 'linux', variant: 'v7' },
          },
        ],
      }),
    );
    assert.deepEqual(said.kind === 'index' && said.manifests[0]?.platform, { os: 'linux', architecture: 'arm', variant: 'v7' });
  });
});

const hostile: Readonly<Record<string, unknown>> = {
  'no JSON': '{',
  'a list': '[]',
  nothing: 'null',
  'no version': manifest({ schemaVersion: undefined }),
  'both index and manifest (CVE-2021-41190)': { ...manifest(), ...index(), mediaType: undefined },
  'a layer without digest': manifest({ layers: [{ mediaType: `${oci}.layer.v1.tar`, size: 1 }] }),
  'a digest that is a path': manifest({ layers: [{ mediaType: `${oci}.layer.v1.tar`, size: 1, digest: 'sha256:../../../etc/passwd' }] }),
  'a negative size': manifest({ layers: [{ mediaType: `${oci}.layer.v1.tar`, size: -1, digest: digest('a') }] }),
  'a fractional size': manifest({ layers: [{ mediaType: `${oci}.layer.v1.tar`, size: 1.5, digest: digest('a') }] }),
  'a size that is a text': manifest({ layers: [{ mediaType: `${oci}.layer.v1.tar`, size: '1', digest: digest('a') }] }),
  'a size beyond numbers': manifest({ layers: [{ mediaType: `${oci}.layer.v1.tar`, size: 2 ** 60, digest: digest('a') }] }),
  'layers that are a table': manifest({ layers: {} }),
  'no config': manifest({ config: undefined }),
  'a config of a gigabyte': manifest({ config: { mediaType: `${oci}.config.v1+json`, digest: digest('c'), size: 1 << 30 } }),
  'a thousand layers': manifest({
    layers: Array.from({ length: 1000 }, () => ({ mediaType: `${oci}.layer.v1.tar`, digest: digest('a'), size: 1 })),
  }),
  'annotations that are no texts': manifest({
    config: { mediaType: `${oci}.config.v1+json`, digest: digest('c'), size: 1, annotations: { a: 1 } },
  }),
  'a document without end': `{"schemaVersion":2,"x":"${'y'.repeat(documentMost)}"}`,
  'nesting without end': `{"schemaVersion":2,"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
};
describe('documents that are damaged or hostile', () => {
  for (const [what, document] of Object.entries(hostile))
    test(what, () => {
      assert.throws(
        () => read(document),
        (error) => error instanceof Damage && error.message.length < 300,
      );
    });

  test('one whose carrier calls it something else', () => {
    assert.throws(() => read(manifest(), `${oci}.index.v1+json`), Damage);
  });
});

describe('documents that are sound and not for us', () => {
  for (const [what, document] of Object.entries({
    'Docker’s schema version 1': { schemaVersion: 1, name: 'x', fsLayers: [] },
    'an artifact': manifest({
      artifactType: 'application/vnd.example',
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digest('c'), size: 2 },
    }),
    'an encrypted layer': manifest({ layers: [{ mediaType: `${oci}.layer.v1.tar+gzip+encrypted`, digest: digest('a'), size: 1 }] }),
    'a digest of another algorithm': manifest({
      layers: [{ mediaType: `${oci}.layer.v1.tar`, digest: `sha512:${'a'.repeat(128)}`, size: 1 }],
    }),
  }))
    test(what, () => {
      assert.throws(() => read(document), Unsupported);
    });
});
