import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../environment/index.ts';
import { formatReference, parseReference } from './reference.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

/** Each is what `docker pull` and `podman pull` take it for (distribution/reference, normalize_test.go has the same cases). */
const readings: readonly (readonly [text: string, canonical: string])[] = [
  ['oci:alpine', 'oci:docker.io/library/alpine:latest'],
  ['alpine', 'oci:docker.io/library/alpine:latest'],
  ['oci:alpine:3.22', 'oci:docker.io/library/alpine:3.22'],
  ['oci:docker.io/library/alpine:3.22', 'oci:docker.io/library/alpine:3.22'],
  ['oci:index.docker.io/alpine', 'oci:docker.io/library/alpine:latest'],
  ['oci:docker.io/alpine', 'oci:docker.io/library/alpine:latest'],
  ['oci:team/app', 'oci:docker.io/team/app:latest'],
  ['oci:localhost/app', 'oci:localhost/app:latest'],
  ['oci:localhost:5000/app:1', 'oci:localhost:5000/app:1'],
  ['oci:registry.example.org/a/b/c:x', 'oci:registry.example.org/a/b/c:x'],
  ['oci:Registry/app', 'oci:Registry/app:latest'],
  ['oci:[::1]:5000/app:1', 'oci:[::1]:5000/app:1'],
  ['oci:[fd00::7]/app', 'oci:[fd00::7]/app:latest'],
  [`oci:alpine@${digest}`, `oci:docker.io/library/alpine@${digest}`],
  [`oci:localhost:5000/a:1@${digest}`, `oci:localhost:5000/a:1@${digest}`],
  ['oci:example.org/a__b/c--d.e_f:V1.0-rc_1', 'oci:example.org/a__b/c--d.e_f:V1.0-rc_1'],
];

for (const [text, canonical] of readings)
  test(`${text} means ${canonical}`, () => {
    assert.equal(formatReference(parseReference(text)), canonical);
    assert.equal(formatReference(parseReference(canonical)), canonical);
  });

const refused = [
  'oci:',
  'oci:UPPER',
  'oci:host.example/UPPER',
  'oci:a//b',
  'oci:/a',
  'oci:a/',
  'oci:a..b',
  'oci:-a',
  'oci:a:',
  'oci:a:-x',
  'oci:a@sha256:123',
  'oci:a@sha512:abc',
  `oci:a@${digest}@${digest}`,
  `oci:a@${digest.toUpperCase()}`,
  'oci:example.org:port/a',
  'oci:example.org:123456/a',
  'oci:-x.example.org/a',
  'oci:a b',
  'oci:../../etc/passwd',
  'oci:host.example/../a',
  `oci:${'a'.repeat(256)}`,
  `oci:a:${'t'.repeat(129)}`,
  'oci:a\nb',
  'oci:host.example?x/a',
];

for (const text of refused)
  test(`${JSON.stringify(text.slice(0, 40))} is refused as no reference`, () => {
    assert.throws(
      () => parseReference(text),
      (error) => error instanceof Refusal && error.code === 'malformed-image' && error.message.length < 500,
    );
  });
