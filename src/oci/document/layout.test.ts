import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Damage, Unsupported } from '../damage.ts';
import { blobPath, checkLayout, layoutText, makeIndex, parseIndex, refName } from './layout.ts';

const digest = `sha256:${'a'.repeat(64)}` as const;
const mediaType = 'application/vnd.oci.image.manifest.v1+json';

test('each name of an image is an entry of the index, and an image without names one too', () => {
  const other = `sha256:${'b'.repeat(64)}` as const;
  const { manifests } = parseIndex(
    makeIndex([
      { digest, size: 5, mediaType, names: ['a:1', 'b'] },
      { digest: other, size: 6, mediaType, names: [] },
    ]),
  );
  assert.deepEqual(
    manifests.map((one) => [one.digest, one.annotations?.[refName]]),
    [
      [digest, 'a:1'],
      [digest, 'b'],
      [other, undefined],
    ],
  );
});

test('a layout of another version is refused, and what is none is damage', () => {
  checkLayout(layoutText);
  assert.throws(() => checkLayout('{"imageLayoutVersion":"2.0.0"}'), Unsupported);
  assert.throws(() => checkLayout('{}'), Unsupported);
  assert.throws(() => checkLayout('x'), Damage);
});

test('a manifest where an index should be is damage', () => {
  assert.throws(() => parseIndex(JSON.stringify({ schemaVersion: 2, config: { mediaType: 'x', digest, size: 1 }, layers: [] })));
});

test('blobs lie where the specification says', () => {
  assert.equal(blobPath(digest), `blobs/sha256/${'a'.repeat(64)}`);
});
