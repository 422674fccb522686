import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Part, tarOf } from '../../../test/image/archive.ts';
import { notRoot, openTestStore, refusal, testCall } from '../../../test/image/test-store.ts';
import type { ImageView } from '../../environment/index.ts';

const sha256 = (bytes: string | Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const type = (name: string): string => `application/vnd.oci.image.${name}`;

describe('importing', { skip: notRoot }, () => {
  let work: string;
  before(() => {
    work = mkdtempSync(`${tmpdir()}/isola-import-`);
  });
  after(() => rmSync(work, { recursive: true }));

  let count = 0;
  const file = (bytes: string | Uint8Array): string => {
    const path = `${work}/${count++}`;
    writeFileSync(path, bytes);
    return path;
  };
  const root: readonly Part[] = [{ name: './', kind: 'directory' }, { name: './bin/' }, { name: './bin/sh', text: '#', mode: 0o755 }];
  /** Imports into a store of its own, which must be empty after a failure. */
  const take = async (
    path: string,
    name = 'x',
  ): Promise<{
    readonly image: ImageView;
    readonly init: readonly string[];
    readonly cmd: readonly string[];
    readonly stopSignal: string;
  }> => {
    using one = openTestStore();
    try {
      const image = await one.store.import({ path, name }, testCall());
      return { image, ...one.store.template(image.digest).config };
    } catch (error) {
      assert.deepEqual([one.store.list(), readdirSync(`${one.images}/trees`), readdirSync(`${one.images}/staging`)], [[], [], []]);
      throw error;
    }
  };

  describe('a root file system', () => {
    test('gives the same image each time, and the same files however packed', async () => {
      const tar = tarOf(root);
      const [first, second] = [await take(file(tar)), await take(file(tar))];
      assert.equal(first.image.digest, second.image.digest);
      for (const packed of [
        gzipSync(tar),
        zstdCompressSync(tar),
        Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]),
      ])
        assert.equal((await take(file(packed))).image.digest, first.image.digest);
    });

    test('says what runs in it and what boots it', async () => {
      assert.deepEqual((await take(file(tarOf(root)))).cmd, ['/bin/sh']);
      assert.deepEqual((await take(file(tarOf([{ name: 'data', text: 'x' }])))).cmd, []);
      const systemd = await take(
        file(
          tarOf([
            ...root,
            { name: 'usr/sbin/init', kind: 'symlink', linkName: '../lib/systemd/systemd' },
            { name: 'usr/lib/systemd/systemd', text: 'x' },
            { name: 'sbin', kind: 'symlink', linkName: 'usr/sbin' },
          ]),
        ),
      );
      assert.deepEqual([systemd.init, systemd.stopSignal], [['/sbin/init'], 'SIGRTMIN+3']);
      const busybox = await take(
        file(
          tarOf([
            { name: 'bin/busybox', text: 'x' },
            { name: 'sbin/init', kind: 'symlink', linkName: '/bin/busybox' },
          ]),
        ),
      );
      assert.deepEqual([busybox.init, busybox.stopSignal], [['/sbin/init'], 'SIGUSR2']);
      const other = await take(file(tarOf([{ name: 'sbin/init', text: 'x' }])));
      assert.deepEqual([other.init, other.stopSignal], [['/sbin/init'], 'SIGPWR']);
      const circle = await take(file(tarOf([{ name: 'sbin/init', kind: 'symlink', linkName: 'init' }])));
      assert.deepEqual([circle.init, circle.stopSignal], [[], 'SIGTERM']);
    });
  });

  describe('what is damaged or something else', () => {
    const tar = tarOf(root);
    for (const [what, make, code, text] of [
      ['an empty file', () => file(''), 'image-damaged', /cut off/],
      ['a text', () => file('hello, world\n'.repeat(100)), 'image-damaged', /neither a tar/],
      [
        'a picture',
        () => file(Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(5000, 7)])),
        'image-damaged',
        /neither a tar/,
      ],
      ['a tar that is cut off at a file’s end', () => file(tar.subarray(0, tar.length - 1024)), 'image-damaged', /end mark is missing/],
      ['a tar that is cut off in a file', () => file(tar.subarray(0, 1800)), 'image-damaged', /cut off/],
      ['a gzip that is cut off', () => file(gzipSync(tar).subarray(0, -20)), 'image-damaged', /too early/],
      ['a zstd that is cut off', () => file(zstdCompressSync(tar).subarray(0, -2)), 'image-damaged', /too early|no sense/],
      ['a gzip with a wrong sum', () => file(Buffer.from(gzipSync(tar)).fill(0, gzipSync(tar).length - 8)), 'image-damaged', /no sense/],
      ['a gzip of a gzip', () => file(gzipSync(gzipSync(tar))), 'image-damaged', /cut off|neither a tar/],
      ['a broken xz', () => file(Buffer.from('fd377a585a00000000', 'hex')), 'image-damaged', /no sense/],
      ['a bzip2', () => file('BZh91AY&SY'), 'image-unsupported', /bzip2/],
      [
        'what an old docker save wrote',
        () => file(tarOf([{ name: `${'a'.repeat(64)}/` }, { name: `${'a'.repeat(64)}/VERSION`, text: '1.0' }])),
        'image-unsupported',
        /skopeo copy docker-archive/,
      ],
      ['a directory that is no layout', () => work, 'image-unsupported', /tar .* isola image import -/],
      ['nothing at all', () => `${work}/nothing`, 'no-such-path', /nothing/],
      ['a layout without its own file', () => file(tarOf([{ name: 'index.json', text: '{}' }])), 'image-damaged', /no oci-layout/],
      ['a tar with a hostile name', () => file(tarOf([{ name: '../x', text: '' }])), 'image-damaged', /leads out/],
    ] as readonly [string, () => string, string, RegExp][])
      test(`${what} is refused`, async () => {
        await assert.rejects(take(make()), refusal(code, text));
      });
  });

  /** The files of a layout whose index names these images. */
  const layout = (
    images: readonly { readonly name?: string; readonly text: string; readonly architecture?: string }[],
    spoil: (files: Map<string, string | Buffer>) => void = () => {},
  ): readonly Part[] => {
    const files = new Map<string, string | Buffer>();
    const put = (bytes: string | Buffer): { digest: string; size: number } => {
      const digest = sha256(bytes);
      files.set(`blobs/sha256/${digest.slice(7)}`, bytes);
      return { digest, size: Buffer.byteLength(bytes) };
    };
    const manifests = images.map(({ name, text, architecture = process.arch === 'x64' ? 'amd64' : process.arch }) => {
      const tar = tarOf([{ name: 'which', text }]);
      const layer = { mediaType: type('layer.v1.tar'), ...put(tar) };
      const config = { os: 'linux', architecture, rootfs: { type: 'layers', diff_ids: [sha256(tar)] } };
      const manifest = { schemaVersion: 2, config: { mediaType: type('config.v1+json'), ...put(JSON.stringify(config)) }, layers: [layer] };
      const annotations = name === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': name } };
      return {
        mediaType: type('manifest.v1+json'),
        ...put(JSON.stringify(manifest)),
        ...annotations,
        platform: { os: 'linux', architecture },
      };
    });
    files.set('oci-layout', '{"imageLayoutVersion":"1.0.0"}');
    files.set('index.json', JSON.stringify({ schemaVersion: 2, manifests }));
    spoil(files);
    return [...files].map(([name, content]) => ({ name, text: content }));
  };

  describe('a layout', () => {
    test('of one image gives that, in whatever order its tar is', async () => {
      const parts = layout([{ text: 'one' }]);
      const first = await take(file(tarOf(parts)), 'a');
      assert.equal((await take(file(tarOf([...parts].reverse())), 'a')).image.digest, first.image.digest);
    });

    test('of several gives the one that is named as wanted', async () => {
      const parts = layout([
        { name: 'v1', text: 'one' },
        { name: 'v2', text: 'two' },
      ]);
      const path = file(tarOf(parts));
      const [one, two] = [await take(path, 'app:v1'), await take(path, 'v2')];
      assert.notEqual(one.image.digest, two.image.digest);
      await assert.rejects(take(path, 'app'), refusal('image-unsupported', /several images: v1, v2/));
    });

    test('of several platforms gives this host’s', async () => {
      const path = file(tarOf(layout([{ text: 'own' }, { text: 'other', architecture: 's390x' }])));
      assert.match((await take(path)).image.platform, /amd64|arm64/);
      await assert.rejects(take(file(tarOf(layout([{ text: 'other', architecture: 's390x' }])))), refusal('platform-absent', /s390x/));
    });

    test('may hold more than it must, and links lead nowhere', async () => {
      const path = file(
        tarOf([
          ...layout([{ text: 'one' }]),
          { name: 'manifest.json', text: '[]' },
          { name: 'blobs/sha512/x', text: 'x' },
          { name: `blobs/sha256/${'e'.repeat(64)}`, kind: 'symlink', linkName: '/etc/passwd' },
          { name: '../../etc/isola-was-here', text: 'x' },
        ]),
      );
      await take(path);
    });

    for (const [what, spoil, code, text] of [
      ['of another version', (files) => files.set('oci-layout', '{"imageLayoutVersion":"9"}'), 'image-unsupported', /version "9"/],
      ['without index', (files) => files.delete('index.json'), 'image-damaged', /no index.json/],
      ['whose index is no index', (files) => files.set('index.json', '[]'), 'image-damaged', /a list/],
      ['whose index is empty', (files) => files.set('index.json', '{"schemaVersion":2,"manifests":[]}'), 'image-damaged', /names no image/],
      ['whose index is no text', (files) => files.set('index.json', Buffer.from([0xff, 0xfe])), 'image-damaged', /UTF-8/],
      [
        'that has lost its blobs',
        (files) => {
          for (const name of files.keys()) if (name.startsWith('blobs')) files.delete(name);
        },
        'image-damaged',
        /has no blobs/,
      ],
      [
        'whose blobs are all one byte longer',
        (files) => {
          for (const [name, bytes] of files) if (name.startsWith('blobs')) files.set(name, `${bytes} `);
        },
        'digest-differs',
        /manifest/,
      ],
      [
        'whose layer was changed',
        (files) => {
          for (const [name, bytes] of files)
            if (bytes.length > 1000 && name.startsWith('blobs')) files.set(name, Buffer.from(bytes).fill(1, 1));
        },
        'digest-differs',
        /layer 1/,
      ],
    ] as readonly [string, (files: Map<string, string | Buffer>) => void, string, RegExp][])
      test(`${what} is refused`, async () => {
        await assert.rejects(take(file(tarOf(layout([{ text: 'one' }], (files) => void spoil(files))))), refusal(code, text));
      });

    test('in a directory whose blobs lead elsewhere is verified all the same', async () => {
      const directory = `${work}/layout`;
      mkdirSync(`${directory}/blobs/sha256`, { recursive: true });
      for (const { name, text = '' } of layout([{ text: 'one' }])) writeFileSync(`${directory}/${name}`, text);
      await take(directory);
      for (const blob of readdirSync(`${directory}/blobs/sha256`)) {
        rmSync(`${directory}/blobs/sha256/${blob}`);
        writeFileSync(`${directory}/blobs/sha256/${blob}`, 'other');
      }
      await assert.rejects(take(directory), refusal('digest-differs'));
    });
  });
});
