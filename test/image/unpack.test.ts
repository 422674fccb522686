import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { inventory } from './inventory.ts';
import { lacking, sh } from './programs.ts';
import { makeSample } from './sample.ts';
import { openTestStore, testCall } from './test-store.ts';

const skip = lacking('umoci', 'skopeo', 'python3', 'busybox');

describe('an image that umoci made', { skip }, () => {
  let work: string;
  let sample: string;
  let expected: readonly string[];
  before(() => {
    work = mkdtempSync(`${tmpdir()}/isola-umoci-`);
    sample = makeSample(work);
    sh('umoci', 'unpack', '--image', `${sample}:v1`, `${work}/oracle`);
    expected = inventory(`${work}/oracle/rootfs`);
    assert.ok(expected.length > 45);
  });
  after(() => rmSync(work, { recursive: true, force: true }));

  /** Imports a layout or archive and compares the tree with what umoci made of the same layers. */
  const compare = async (path: string): Promise<void> => {
    using one = openTestStore();
    const call = testCall();
    const { digest } = await one.store.import({ path, name: 'sample' }, call);
    assert.deepEqual(inventory(one.store.template(digest).tree), expected);
    assert.deepEqual(call.said, []);
  };

  test('is unpacked as umoci unpacks it, entry by entry', async () => {
    await compare(sample);
  });

  test('keeps its config', async () => {
    using one = openTestStore();
    const { digest } = await one.store.import({ path: sample, name: 'sample' }, testCall());
    const { config } = one.store.template(digest);
    assert.deepEqual([config.cmd, config.env['GREETING'], config.stopSignal, config.workdir], [['/bin/sh'], 'hello', 'SIGINT', '/opt']);
  });

  for (const [kind, make, keep] of [
    ['tar', ['--dest-decompress'], ['--dest-oci-accept-uncompressed-layers']],
    ['tar+zstd', ['--dest-compress-format', 'zstd', '--dest-compress'], []],
  ] as const)
    test(`is the same with layers of ${kind}`, async () => {
      // skopeo repacks layers on their way to a plain directory only.
      const [between, target] = [`${work}/between-${kind}`, `${work}/target-${kind}`];
      sh('skopeo', 'copy', '--quiet', ...make, `oci:${sample}:v1`, `dir:${between}`);
      sh('skopeo', 'copy', '--quiet', ...keep, `dir:${between}`, `oci:${target}:v1`);
      const { layers } = JSON.parse(sh('skopeo', 'inspect', '--raw', `oci:${target}:v1`)) as { layers: readonly { mediaType: string }[] };
      for (const { mediaType } of layers) assert.equal(mediaType, `application/vnd.oci.image.layer.v1.${kind}`);
      await compare(target);
    });

  test('is the same from an archive', async () => {
    sh('skopeo', 'copy', '--quiet', `oci:${sample}:v1`, `oci-archive:${work}/sample.tar:v1`);
    await compare(`${work}/sample.tar`);
    sh('tar', '-C', sample, '-cf', `${work}/dotted.tar`, '.');
    await compare(`${work}/dotted.tar`);
    sh('gzip', '-k', `${work}/sample.tar`);
    await compare(`${work}/sample.tar.gz`);
  });

  test('is the same as a bare root file system, however packed', async () => {
    const tar = `${work}/root.tar`;
    sh('tar', '--format=pax', '--numeric-owner', '--xattrs', '--xattrs-include=*', '-C', `${work}/oracle/rootfs`, '-cf', tar, '.');
    sh('xz', '-k', '-0', tar);
    sh('gzip', '-k', '-1', tar);
    sh('zstd', '-q', '-1', '-k', tar);
    for (const path of [tar, `${tar}.xz`, `${tar}.gz`, `${tar}.zst`]) await compare(path);
  });
});
