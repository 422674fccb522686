import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import type { Digest, ExportTarget } from '../../src/environment/index.ts';
import { inventory } from './inventory.ts';
import { lacking, sh, shAside } from './programs.ts';
import { startRegistry } from './registry/servers.ts';
import { makeSample } from './sample.ts';
import { openTestStore, refusal, type TestStore, testCall } from './test-store.ts';

const skip = lacking('umoci', 'skopeo', 'python3', 'busybox', 'docker-registry');

describe('an export', { skip }, () => {
  let work: string;
  let one: TestStore;
  let digest: Digest;
  let tree: readonly string[];
  before(async () => {
    work = mkdtempSync(`${tmpdir()}/isola-export-`);
    one = openTestStore();
    const sample = makeSample(work);
    ({ digest } = await one.store.import({ path: sample, name: 'team/sample:v1' }, testCall()));
    tree = inventory(one.store.template(digest).tree);
  });
  after(() => {
    one?.[Symbol.dispose]();
    rmSync(work, { recursive: true, force: true });
  });
  const write = async (form: ExportTarget['form'], path: string): Promise<number> =>
    (await one.store.export(digest, { form, path }, testCall())).bytes;

  test('as a layout in a directory is read by skopeo and unpacked by umoci', async () => {
    const path = `${work}/directory`;
    mkdirSync(path);
    const bytes = await write('oci-dir', path);
    assert.equal(JSON.parse(sh('skopeo', 'inspect', `oci:${path}`)).Digest, digest);
    const files = sh('find', path, '-type', 'f', '-printf', '%s\n').trim().split('\n');
    assert.equal(
      bytes,
      files.reduce((sum, size) => sum + Number(size), 0),
    );
    sh('umoci', 'unpack', '--image', `${path}:team/sample:v1`, `${work}/by-umoci`);
    assert.deepEqual(inventory(`${work}/by-umoci/rootfs`), tree);
  });

  test('as a layout in a tar is read by skopeo, byte for byte the same each time', async () => {
    const [path, again] = [`${work}/image.tar`, `${work}/again.tar`];
    assert.equal(await write('oci', path), statSync(path).size);
    assert.equal(JSON.parse(sh('skopeo', 'inspect', `oci-archive:${path}`)).Digest, digest);
    await write('oci', again);
    assert.deepEqual(readFileSync(path), readFileSync(again));
  });

  test('as a tar of the files is unpacked by GNU tar', async () => {
    const path = `${work}/root.tar`;
    assert.equal(await write('tar', path), statSync(path).size);
    mkdirSync(`${work}/by-tar`);
    sh('tar', '--numeric-owner', '--xattrs', '--xattrs-include=*', '-C', `${work}/by-tar`, '-xpf', path);
    assert.deepEqual(inventory(`${work}/by-tar`), tree);
  });

  test('comes back the same by an import', async () => {
    using another = openTestStore();
    for (const [form, name] of [
      ['oci-dir', 'back'],
      ['oci', 'back.tar'],
      ['tar', 'back.root.tar'],
    ] as const) {
      const path = `${work}/${name}`;
      await write(form, path);
      const image = await another.store.import({ path, name }, testCall());
      assert.deepEqual(inventory(another.store.template(image.digest).tree), tree);
      if (form !== 'tar') assert.equal(image.digest, digest);
    }
  });

  test('of Docker’s format is OCI’s', async () => {
    await using registry = await startRegistry();
    sh(
      'skopeo',
      'copy',
      '--quiet',
      '--dest-tls-verify=false',
      '--format',
      'v2s2',
      `oci:${work}/sample:v1`,
      `docker://${registry.host}/docker:1`,
    );
    const options = { platform: undefined, credentials: undefined, insecure: false, name: 'docker' };
    const image = await one.store.pull(`oci:${registry.host}/docker:1`, options, testCall());
    await one.store.export(image.digest, { form: 'oci-dir', path: `${work}/docker` }, testCall());
    sh('umoci', 'unpack', '--image', `${work}/docker:docker`, `${work}/docker-by-umoci`);
    assert.deepEqual(inventory(`${work}/docker-by-umoci/rootfs`), tree);
  });

  test('replaces a file in one step, through a link to it', async () => {
    writeFileSync(`${work}/old.tar`, 'old');
    symlinkSync('old.tar', `${work}/link.tar`);
    await write('oci', `${work}/link.tar`);
    assert.equal(JSON.parse(sh('skopeo', 'inspect', `oci-archive:${work}/old.tar`)).Digest, digest);
  });

  test('never replaces a device or pipe', async () => {
    sh('mkfifo', `${work}/pipe`);
    const bytes: number[] = [];
    const reader = createReadStream(`${work}/pipe`).on('data', (piece) => void bytes.push(piece.length));
    const [written] = await Promise.all([write('tar', `${work}/pipe`), once(reader, 'close')]);
    assert.equal(
      bytes.reduce((sum, more) => sum + more, 0),
      written,
    );
    assert.ok(statSync(`${work}/pipe`).isFIFO());
    await write('oci', '/dev/null');
    assert.ok(statSync('/dev/null').isCharacterDevice());
  });

  test('goes to standard output, to its end or until nobody reads any more', async () => {
    const program = new URL('export.ts', import.meta.url).pathname;
    const line = (reader: string): string =>
      `'${process.execPath}' --no-warnings '${program}' '${one.directory}' team/sample:v1 tar - | ${reader}`;
    assert.ok((await shAside('sh', '-c', line('tar t'))).startsWith('./\nbin/\nbin/busybox\n'));
    assert.equal(await shAside('sh', '-c', line('head -c 3')), './\0');
  });

  test('refuses a target that is taken or has no place', async () => {
    mkdirSync(`${work}/full/x`, { recursive: true });
    await assert.rejects(write('oci-dir', `${work}/full`), refusal('usage', /is there already/));
    await assert.rejects(write('oci-dir', `${work}/old.tar`), refusal('usage'));
    await assert.rejects(write('oci-dir', '-'), refusal('usage'));
    await assert.rejects(write('tar', `${work}/full`), refusal('usage', /is a directory/));
    await assert.rejects(write('tar', `${work}/no/such/place.tar`), refusal('no-such-path'));
    await assert.rejects(one.store.export(`sha256:${'0'.repeat(64)}`, { form: 'tar', path: '-' }, testCall()), refusal('unknown-image'));
  });

  test('that is interrupted leaves the target as it was', async () => {
    writeFileSync(`${work}/kept.tar`, 'kept');
    const controller = new AbortController();
    const call = { ...testCall(controller.signal), progress: () => controller.abort(new Error('stop')) };
    for (const [form, path] of [
      ['tar', 'kept.tar'],
      ['oci', 'kept.tar'],
      ['oci-dir', 'kept-directory'],
    ] as const)
      await assert.rejects(one.store.export(digest, { form, path: `${work}/${path}` }, call));
    assert.equal(readFileSync(`${work}/kept.tar`, 'utf8'), 'kept');
    assert.equal(existsSync(`${work}/kept-directory`), false);
    assert.deepEqual(
      readdirSync(work).filter((name) => name.endsWith('.part')),
      [],
    );
  });

  test('of blobs the disk changed is refused', async () => {
    using another = openTestStore();
    const image = await another.store.import({ path: `${work}/sample`, name: 'x' }, testCall());
    const [largest] = sh('ls', '-S', `${another.images}/blobs/sha256`).split('\n');
    const blob = `${another.images}/blobs/sha256/${largest}`;
    const bytes = readFileSync(blob);
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    writeFileSync(blob, bytes);
    for (const form of ['oci', 'oci-dir'] as const)
      await assert.rejects(another.store.export(image.digest, { form, path: `${work}/spoilt` }, testCall()), refusal('image-damaged'));
    assert.equal(existsSync(`${work}/spoilt`), false);
  });
});
