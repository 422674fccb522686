/** Images that QEMU makes are read as QEMU reads them. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { checked, contentByQemu, contentOf, disk, place, qemuImg, qemuIo, whyNoQemu } from './qemu.ts';

suite('what QEMU makes', { skip: whyNoQemu() }, () => {
  const at = place();
  const path = (name: string): string => join(at, name);
  const same = (name: string, how: readonly string[] = [], opening = {}): void =>
    assert.ok(Buffer.from(contentOf(path(name), opening)).equals(contentByQemu(path(name), ...how)), `${name} is read otherwise`);

  /** Something of everything: data, zeros with and without clusters, what was discarded, and nothing. */
  const orders = [
    'write -P 1 0 100k',
    'write -P 2 300k 200k',
    'write -z 310k 60k',
    'write -P 3 1000k 24k',
    'discard 400k 64k',
    'write -z -u 0 64k',
  ];
  const base = path('base.raw');
  writeFileSync(
    base,
    Uint8Array.from({ length: 700 * 1024 }, (_, index) => index >> 9),
  );
  qemuImg('create', '-q', '-f', 'qcow2', '-b', base, '-F', 'raw', path('middle'), '1M');
  qemuIo(path('middle'), 'write -P 9 64k 10k', 'write -P 8 690k 20k');
  writeFileSync(
    path('mixed.raw'),
    Uint8Array.from({ length: 2 ** 20 }, (_, index) => (index % 7000 < 3000 ? (index * 2654435761) >>> 24 : index >> 12)),
  );

  for (const [name, options, below] of [
    ['v2', 'compat=0.10', undefined],
    ['v3', 'compat=1.1', undefined],
    ['small', 'cluster_size=512', undefined],
    ['large', 'cluster_size=2M', undefined],
    ['narrow', 'refcount_bits=1,cluster_size=4k', undefined],
    ['wide', 'refcount_bits=64,lazy_refcounts=on', undefined],
    ['planned', 'preallocation=metadata', undefined],
    ['v2 over raw', 'compat=0.10,cluster_size=4k', [base, 'raw']],
    ['over raw', 'cluster_size=4k', [base, 'raw']],
    ['over qcow2', 'cluster_size=16k', ['middle', 'qcow2']],
  ] as const)
    test(`qcow2: ${name}`, () => {
      qemuImg(
        'create',
        '-q',
        '-f',
        'qcow2',
        '-o',
        options,
        ...(below === undefined ? [] : ['-b', below[0], '-F', below[1]]),
        path(name),
        '1M',
      );
      qemuIo(path(name), ...orders);
      same(name);
    });

  for (const [name, options] of [
    ['deflate', 'compression_type=zlib'],
    ['zstd', 'compression_type=zstd,cluster_size=32k'],
    ['small deflate', 'cluster_size=512'],
    ['large deflate', 'cluster_size=2M'],
    ['v2 deflate', 'compat=0.10'],
  ] as const)
    test(`qcow2, compressed: ${name}`, () => {
      qemuImg('convert', '-c', '-f', 'raw', '-O', 'qcow2', '-o', options, path('mixed.raw'), path(name));
      same(name);
    });

  test('qcow2: a disk as it was at a snapshot, by name and by id', () => {
    qemuImg('create', '-q', '-f', 'qcow2', path('shots'), '1M');
    qemuIo(path('shots'), 'write -P 1 0 200k');
    qemuImg('snapshot', '-c', 'first', path('shots'));
    qemuIo(path('shots'), 'write -P 2 100k 200k');
    qemuImg('snapshot', '-c', 'second', path('shots'));
    qemuIo(path('shots'), 'write -P 3 0 20k');
    for (const snapshot of ['first', 'second']) same('shots', ['-l', `snapshot.name=${snapshot}`], { snapshot });
    same('shots', ['-l', 'snapshot.id=2'], { snapshot: '2' });
    same('shots');
    assert.throws(() => disk(path('shots'), { snapshot: 'third' }), /it has no snapshot "third", but "first", "second"/);
  });

  for (const [name, format, options] of [
    ['fixed VHD', 'vpc', ['-o', 'subformat=fixed']],
    ['dynamic VHD', 'vpc', ['-o', 'subformat=dynamic']],
    ['VHD of its size', 'vpc', ['-o', 'subformat=dynamic,force_size=on']],
    ['sparse VMDK', 'vmdk', ['-o', 'subformat=monolithicSparse']],
    ['VMDK with zero grains', 'vmdk', ['-o', 'subformat=monolithicSparse,zeroed_grain=on']],
    ['streamed VMDK', 'vmdk', ['-o', 'subformat=streamOptimized']],
  ] as const)
    test(name, () => {
      qemuImg('convert', '-f', 'raw', '-O', format, ...options, path('mixed.raw'), path(name));
      same(name, ['-f', format]);
      using opened = disk(path(name));
      assert.ok(opened.isReadOnly && !opened.write(0, new Uint8Array(512)));
    });

  test('VMDK: in several files, flat or standing on another one it is refused by its kind', () => {
    for (const kind of ['monolithicFlat', 'twoGbMaxExtentSparse', 'twoGbMaxExtentFlat']) {
      qemuImg('create', '-q', '-f', 'vmdk', '-o', `subformat=${kind}`, path(`${kind}.vmdk`), '1M');
      assert.throws(() => disk(path(`${kind}.vmdk`)), new RegExp(`it is a VMDK of the kind "${kind}"`));
    }
    qemuImg('convert', '-f', 'raw', '-O', 'vmdk', path('mixed.raw'), path('whole.vmdk'));
    qemuImg('create', '-q', '-f', 'vmdk', '-b', path('whole.vmdk'), '-F', 'vmdk', path('child.vmdk'));
    assert.throws(() => disk(path('child.vmdk')), /it is a VMDK that stands on another one/);
  });

  test('qcow2: what isn’t to be had is refused by its name', () => {
    const refused = (name: string, options: string, why: RegExp): void => {
      qemuImg('create', '-q', '-f', 'qcow2', '-o', options, path(name), '1M');
      assert.throws(() => disk(path(name)), why);
    };
    refused('outside', `data_file=${path('data')}`, /it has an external data file/);
    refused('extended', 'extended_l2=on', /it has extended L2 entries/);
    // The method of encryption: LUKS.
    const bytes = readFileSync(path('extended'));
    bytes[35] = 2;
    writeFileSync(path('secret'), bytes);
    assert.throws(() => disk(path('secret')), /it is encrypted/);
  });

  test('what an image stands on is only where it may be, and an image never stands on itself', () => {
    assert.throws(() => disk(path('over raw'), { backing: 'none' }), /it stands on ".*base\.raw", and is to stand on none/);
    assert.throws(() => disk(path('over raw'), { backing: '/etc' }), /it stands on .*base\.raw, which is not in \/etc/);
    using allowed = disk(path('over qcow2'), { backing: at });
    assert.equal(allowed.sizeBytes, 2 ** 20);
    qemuImg('create', '-q', '-f', 'qcow2', path('round'), '1M');
    qemuImg('rebase', '-u', '-f', 'qcow2', '-b', 'round', '-F', 'qcow2', path('round'));
    assert.throws(() => disk(path('round')), /its backing file "round" stands on it/);
    qemuImg('rebase', '-u', '-f', 'qcow2', '-b', 'gone', '-F', 'raw', path('round'));
    assert.throws(() => disk(path('round')), /it stands on .*\/gone, which can't be read/);
    qemuImg('rebase', '-u', '-f', 'qcow2', '-b', 'nbd://localhost', '-F', 'raw', path('round'));
    assert.throws(() => disk(path('round')), /it stands on "nbd:\/\/localhost", which is no file/);
    assert.deepEqual(checked(path('over qcow2')), { corruptions: 0, leaks: 0 });
  });
});
