import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { type Part, tarOf } from '../../test/image/archive.ts';
import { notRoot, openTestStore, refusal, type TestStore, testCall } from '../../test/image/test-store.ts';
import type { Digest, ImageView } from '../environment/index.ts';

/** Imports a root file system made of these entries. */
const put = async ({ store, directory }: TestStore, name: string, parts: readonly Part[] = [{ name, text: name }]): Promise<ImageView> => {
  const path = `${directory}/source.tar`;
  writeFileSync(path, tarOf(parts));
  return await store.import({ path, name }, testCall());
};

describe('finding an image', { skip: notRoot }, () => {
  let test1: TestStore;
  let image: ImageView;
  before(async () => {
    test1 = openTestStore();
    image = await put(test1, 'web/app:1');
    await put(test1, 'oci:alpine:3.22');
  });
  after(() => test1[Symbol.dispose]());
  const find = (reference: string): Digest | undefined => test1.store.find(reference)?.digest;

  test('by its name', () => {
    assert.equal(find('web/app:1'), image.digest);
    assert.equal(find('web/app'), undefined);
  });

  test('by its digest, and by the beginning of it', () => {
    const hex = image.digest.slice(7);
    for (const reference of [image.digest, image.digest.slice(0, 20), hex, hex.slice(0, 12)]) assert.equal(find(reference), image.digest);
    assert.equal(find(hex.slice(0, 3)), undefined);
    assert.equal(find('sha256:zzzz'), undefined);
  });

  test('by any spelling of a reference', () => {
    const { digest } = test1.store.find('oci:alpine:3.22') ?? {};
    assert.ok(digest);
    for (const reference of ['oci:docker.io/library/alpine:3.22', 'oci:library/alpine:3.22', 'oci:index.docker.io/alpine:3.22'])
      assert.equal(find(reference), digest);
    assert.deepEqual(test1.store.find('oci:alpine:3.22')?.names, ['oci:docker.io/library/alpine:3.22']);
    assert.equal(find('oci:alpine'), undefined);
  });

  test('refuses what could mean two', async () => {
    const seen = new Map<string, string>();
    for (let count = 0; ; count++) {
      const { digest } = await put(test1, `crowd${count}`);
      const start = digest.slice(7, 8);
      if (seen.has(start)) break;
      seen.set(start, digest);
      // Seventeen digests can't begin with sixteen different digits.
      assert.ok(count < 17);
    }
    // Four digits are the least that is looked up; two images that share them are made by hand.
    const [first] = test1.store.list();
    assert.ok(first);
    const twin = `${first.digest.slice(0, 20)}${first.digest[20] === '0' ? '1' : '0'}${first.digest.slice(21)}`;
    test1.db.do(
      `insert into image select ?, media_type, manifest_bytes, tree, platform, bytes, files, created, source, config from image where digest = ?`,
      twin,
      first.digest,
    );
    assert.throws(() => test1.store.find(first.digest.slice(7, 19)), refusal('malformed-image', /both begin so/));
    assert.equal(find(first.digest), first.digest);
    test1.db.do('delete from image where digest = ?', twin);
  });

  test('that is not here is nothing, or a Refusal that has an idea', async () => {
    assert.equal(find('nothing'), undefined);
    await assert.rejects(test1.store.obtain('web/app:2', testCall()), refusal('unknown-image', /did you mean web\/app:1\?/));
    await assert.rejects(test1.store.obtain('busibox', testCall()), refusal('unknown-image', /busybox/));
    assert.throws(() => test1.store.template(`sha256:${'0'.repeat(64)}`), refusal('unknown-image'));
  });

  test('gives a template whose sizes are those of its files', () => {
    const template = test1.store.template(image.digest);
    assert.deepEqual([template.bytes, template.files], ['web/app:1'.length, 2]);
    assert.equal(readFileSync(`${template.tree}/web/app:1`, 'utf8'), 'web/app:1');
  });
});

describe('names', { skip: notRoot }, () => {
  test('that could be taken for something else are refused', async () => {
    using one = openTestStore();
    for (const name of ['', 'UPPER', 'sha256:abc', 'a b', '../x', '-x', 'a//', `sha256:${'a'.repeat(64)}`, 'a'.repeat(300), 'oci:UP'])
      await assert.rejects(put(one, name), refusal('malformed-image'), name);
  });

  test('move to the newer image, and the older stays without one', async () => {
    using one = openTestStore();
    const older = await put(one, 'app', [{ name: 'a', text: '1' }]);
    const newer = await put(one, 'app', [{ name: 'a', text: '2' }]);
    assert.equal(one.store.find('app')?.digest, newer.digest);
    assert.deepEqual(one.store.find(older.digest)?.names, []);
  });

  test('may be several for one image', async () => {
    using one = openTestStore();
    const parts = [{ name: 'a', text: '1' }];
    await put(one, 'x', parts);
    assert.deepEqual((await put(one, 'y', parts)).names, ['x', 'y']);
    assert.equal(one.store.list().length, 1);
  });
});

const filesOf = ({ images }: TestStore): readonly number[] =>
  ['blobs/sha256', 'trees', 'disks', 'staging', 'partial'].map((part) => readdirSync(`${images}/${part}`).length);

describe('removing', { skip: notRoot }, () => {
  test('a name keeps the image while it has another', async () => {
    using one = openTestStore();
    const parts = [{ name: 'a', text: '1' }];
    await put(one, 'x', parts);
    await put(one, 'y', parts);
    assert.deepEqual(await one.store.remove('x'), { freedBytes: 0 });
    assert.deepEqual(one.store.find('y')?.names, ['y']);
  });

  test('the last name takes the image and its files away', async () => {
    using one = openTestStore();
    await put(one, 'x');
    const [tree = ''] = readdirSync(`${one.images}/trees`);
    mkdirSync(`${one.images}/disks/${tree}.mounted`);
    writeFileSync(`${one.images}/disks/${tree}.mounted/machine`, 'one that has mounted its disk');
    const { freedBytes } = await one.store.remove('x');
    assert.ok(freedBytes > 0);
    assert.deepEqual([one.store.list(), filesOf(one)], [[], [0, 0, 0, 0, 0]]);
    await assert.rejects(one.store.remove('x'), refusal('unknown-image'));
  });

  test('by digest takes all names', async () => {
    using one = openTestStore();
    const parts = [{ name: 'a', text: '1' }];
    await put(one, 'x', parts);
    const { digest } = await put(one, 'y', parts);
    await one.store.remove(digest.slice(7, 19));
    assert.deepEqual(one.store.list(), []);
  });

  test('never takes what an environment uses', async () => {
    using one = openTestStore();
    const { digest } = await put(one, 'x');
    one.users.set(digest, ['web', 'db']);
    await assert.rejects(one.store.remove('x'), refusal('image-in-use', /web, db/));
    await assert.rejects(one.store.remove(digest), refusal('image-in-use'));
    assert.deepEqual(await one.store.prune(true), { removed: [], freedBytes: 0 });
    assert.ok(existsSync(one.store.template(digest).tree));
  });

  test('leaves the parts that another image shares', async () => {
    using one = openTestStore();
    const { digest } = await put(one, 'x');
    // The same tree under another manifest, as another command would make it.
    const other = one.db.one('select * from image where digest = ?', digest);
    assert.ok(other);
    const twin = `sha256:${'7'.repeat(64)}`;
    one.db.do(
      'insert into image select ?, media_type, manifest_bytes, tree, platform, bytes, files, created, source, config from image',
      twin,
    );
    one.db.do('insert into image_blob select ?, blob from image_blob', twin);
    await one.store.remove(digest);
    assert.deepEqual(filesOf(one), [3, 1, 0, 0, 0]);
  });
});

describe('pruning', { skip: notRoot }, () => {
  test('takes unnamed images and leaves named ones', async () => {
    using one = openTestStore();
    const older = await put(one, 'app', [{ name: 'a', text: '1' }]);
    const newer = await put(one, 'app', [{ name: 'a', text: '2' }]);
    const { removed, freedBytes } = await one.store.prune(false);
    assert.deepEqual(removed, [older.digest.slice(7, 19)]);
    assert.ok(freedBytes > 0);
    assert.deepEqual(
      one.store.list().map(({ digest }) => digest),
      [newer.digest],
    );
    assert.deepEqual(filesOf(one), [3, 1, 0, 0, 0]);
  });

  test('takes named ones too if told so', async () => {
    using one = openTestStore();
    await put(one, 'a');
    await put(one, 'b');
    assert.deepEqual([...(await one.store.prune(true)).removed].sort(), ['a', 'b']);
    assert.deepEqual(filesOf(one), [0, 0, 0, 0, 0]);
  });

  test('takes blobs and trees no image needs, but not those of a process at work', async () => {
    using one = openTestStore();
    await put(one, 'a');
    const [stray, held] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`];
    for (const digest of [stray, held]) writeFileSync(`${one.images}/blobs/sha256/${digest.slice(7)}`, 'xyz');
    mkdirSync(`${one.images}/trees/${'3'.repeat(64)}`);
    const { ownMark } = await import('../host/index.ts');
    one.db.do('insert into image_hold values (?, ?)', held, ownMark());
    one.db.do('insert into image_hold values (?, ?)', stray, 'boot:1:2');
    const { freedBytes } = await one.store.prune(false);
    assert.equal(freedBytes, 3);
    assert.deepEqual(filesOf(one), [4, 1, 0, 0, 0]);
    assert.ok(existsSync(`${one.images}/blobs/sha256/${held.slice(7)}`));
  });
});

describe('sweeping', { skip: notRoot }, () => {
  test('a store that was never used finds nothing and makes nothing', async () => {
    using one = openTestStore();
    assert.deepEqual(await one.store.sweep(true), []);
    assert.equal(existsSync(one.images), false);
  });

  test('finds what dead processes left, and only with repair removes it', async () => {
    using one = openTestStore();
    await put(one, 'a');
    const dead = `${one.images}/staging/0123456789abcdef0123456789abcdef.1.2.0`;
    mkdirSync(`${dead}/tree`, { recursive: true });
    mkdirSync(`${one.images}/trees/${'3'.repeat(64)}`);
    writeFileSync(`${one.images}/index.json.999999999.new`, '{');
    const [fresh, stale] = [`${one.images}/partial/${'4'.repeat(64)}`, `${one.images}/partial/${'5'.repeat(64)}`];
    for (const path of [fresh, stale]) writeFileSync(path, 'half');
    utimesSync(stale, 1_700_000_000, 1_700_000_000);
    const found = await one.store.sweep(false);
    assert.equal(found.length, 4);
    assert.ok(existsSync(dead));
    assert.deepEqual(await one.store.sweep(true), found);
    assert.deepEqual(await one.store.sweep(false), []);
    assert.deepEqual([existsSync(dead), existsSync(stale), existsSync(fresh)], [false, false, true]);
    assert.deepEqual(one.store.list().length, 1);
  });

  test('leaves what living processes are at work on', async () => {
    using one = openTestStore();
    await put(one, 'a');
    const { ownMark } = await import('../host/index.ts');
    mkdirSync(`${one.images}/staging/${ownMark().replaceAll(':', '.')}.99`);
    assert.deepEqual(await one.store.sweep(true), []);
  });
});

test('nobody but root can enter the store', { skip: notRoot }, async () => {
  using one = openTestStore();
  await put(one, 'a');
  assert.equal(statSync(one.images).mode & 0o777, 0o700);
});

test('the store reads as an OCI image layout', { skip: notRoot }, async () => {
  using one = openTestStore();
  const { digest } = await put(one, 'app:1');
  const index = JSON.parse(readFileSync(`${one.images}/index.json`, 'utf8')) as { manifests: { digest: string; annotations: unknown }[] };
  assert.deepEqual(
    index.manifests.map((one) => [one.digest, one.annotations]),
    [[digest, { 'org.opencontainers.image.ref.name': 'app:1' }]],
  );
  assert.equal(readFileSync(`${one.images}/oci-layout`, 'utf8'), '{"imageLayoutVersion":"1.0.0"}');
});
