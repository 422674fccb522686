/** Builds a Debian system from the host's own apt sources: minutes, and a mirror in reach. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { hostSources } from '../../src/image/build/apt-sources.ts';
import { debianArchive } from '../os-level/debian.ts';
import { inventory } from './inventory.ts';
import { lacking, sh } from './programs.ts';
import { openTestStore, refusal, type TestStore, testCall } from './test-store.ts';

const reach = async (): Promise<string | false> => {
  const [uri] = hostSources().flatMap(({ uris }) => uris);
  if (uri === undefined) return 'this host has no apt sources';
  try {
    return (await fetch(`${uri.replace(/\/$/, '')}/dists/bookworm/InRelease`, { method: 'HEAD' })).ok ? false : `${uri} has no bookworm`;
  } catch {
    return `${uri} is out of reach`;
  }
};
const skip = lacking('mmdebstrap', 'setpriv', 'unshare', 'python3') || (await reach());
const recipe = { reference: 'debian/12', name: undefined, include: [], mirror: undefined };

describe('debian/12', { skip }, () => {
  let work: string;
  let one: TestStore;
  before(() => {
    work = mkdtempSync(`${tmpdir()}/isola-debian-`);
    one = openTestStore();
  });
  after(() => {
    one?.[Symbol.dispose]();
    rmSync(work, { recursive: true, force: true });
  });
  const debs = (): readonly string[] => {
    const place = `${one.images}/debs/bookworm`;
    return existsSync(place) ? readdirSync(place).filter((name) => name.endsWith('.deb')) : [];
  };

  test('whose building is killed leaves no process and no mount, and keeps what was downloaded', async () => {
    const child = spawn(process.execPath, ['--no-warnings', new URL('obtain.ts', import.meta.url).pathname, one.directory, 'debian/12']);
    for (let tries = 0; tries < 6000 && debs().length < 20 && child.exitCode === null; tries++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    child.kill('SIGKILL');
    await once(child, 'close');
    for (let tries = 0; tries < 3000 && holders(one.directory).length > 0; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(holders(one.directory), []);
    const before = debs();
    assert.ok(before.length >= 20);
    assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(one.directory));
    assert.match((await one.store.sweep(true)).join(), /half made/);
    assert.deepEqual(await one.store.sweep(false), []);
    assert.deepEqual(debs(), before);
  });

  test('goes on with what was downloaded, and tells how far it is', async () => {
    const [first = ''] = debs();
    const inode = statSync(`${one.images}/debs/bookworm/${first}`).ino;
    const call = testCall();
    const template = await one.store.obtain('debian/12', call);
    assert.equal(statSync(`${one.images}/debs/bookworm/${first}`).ino, inode);
    assert.deepEqual(
      call.told.map(({ stage }) => stage),
      [
        ...['building debian/12', 'reading package lists', 'downloading packages', 'extracting packages', 'configuring essential packages'],
        ...['installing the other packages', 'cleaning up', 'packing and unpacking the files'],
      ],
    );
    assert.deepEqual(call.said, []);
    assert.deepEqual(
      [template.config.cmd, template.config.init, template.config.stopSignal],
      [['/bin/bash'], ['/sbin/init'], 'SIGRTMIN+3'],
    );
    assert.ok(template.files > 5000 && template.bytes > 1e8);
  });

  test('is unpacked as GNU tar unpacks its layer', () => {
    const { digest, tree } = one.store.template(one.store.find('debian/12')?.digest ?? 'sha256:');
    const manifest = JSON.parse(readFileSync(`${one.images}/blobs/sha256/${digest.slice(7)}`, 'utf8'));
    mkdirSync(`${work}/oracle`);
    const layer = `${one.images}/blobs/sha256/${manifest.layers[0].digest.slice(7)}`;
    sh('tar', '--numeric-owner', '--xattrs', '--xattrs-include=*', '-C', `${work}/oracle`, '-xzpf', layer);
    assert.deepEqual(inventory(tree), inventory(`${work}/oracle`));
  });

  test('has an init system, and nothing of this host or of the building', () => {
    const { tree } = one.store.template(one.store.find('debian/12')?.digest ?? 'sha256:');
    const packages = sh('dpkg-query', `--admindir=${tree}/var/lib/dpkg`, '-W', '-f', '${Package} ${db:Status-Abbrev}\n');
    for (const name of ['systemd', 'systemd-sysv', 'dbus', 'libpam-systemd', 'login', 'passwd', 'iproute2', 'procps', 'apt'])
      assert.match(packages, new RegExp(`^${name} ii`, 'm'));
    assert.doesNotMatch(packages, / (?!ii)\S+ *$/m, 'all are configured');
    assert.doesNotMatch(packages, /^(ifupdown|isc-dhcp-client)/m);
    assert.equal(readFileSync(`${tree}/etc/machine-id`, 'utf8'), '');
    assert.equal(readFileSync(`${tree}/etc/resolv.conf`, 'utf8'), '');
    for (const path of [
      'etc/hostname',
      'var/lib/dbus/machine-id',
      'etc/apt/apt.conf.d/99mmdebstrap',
      'etc/dpkg/dpkg.cfg.d/99mmdebstrap',
      'etc/apt/apt.conf.d/00mmdebstrap',
    ])
      assert.ok(!existsSync(`${tree}/${path}`), path);
    assert.deepEqual(sh('find', `${tree}/var/cache/apt`, '-name', '*.deb'), '');
    assert.match(readFileSync(`${tree}/etc/apt/sources.list`, 'utf8'), /bookworm.*bookworm-security/s);
  });

  test('built elsewhere of the same packages is the same image', async () => {
    const own = one.store.find('debian/12')?.digest;
    const { manifests } = JSON.parse(sh('tar', '-xOf', await debianArchive(12), 'index.json'));
    // Of others where the mirror has had new ones since, and of another day: then it is built once more here.
    const other = manifests[0].digest === own ? own : (await one.store.build(recipe, testCall())).digest;
    assert.equal(other, own);
  });

  test('with packages of one’s own is an image of its own', async () => {
    const image = await one.store.build({ ...recipe, include: ['less'], name: 'mine:1' }, testCall());
    assert.ok(existsSync(`${one.store.template(image.digest).tree}/usr/bin/less`));
    assert.match(image.source, /with less/);
    assert.notEqual(image.digest, one.store.find('debian/12')?.digest);
  });

  test('that can’t be built says why in one line', async () => {
    const build = (over: object) => one.store.build({ ...recipe, name: 'x', ...over }, testCall());
    // Of two releases, for one has its packages downloaded once at a time: apt asks a mirror that does not answer again and again.
    const unanswered = { reference: 'debian/13', name: 'y', mirror: 'http://127.0.0.1:9/debian' };
    await Promise.all([
      assert.rejects(
        build({ include: ['no-such-package-anywhere'] }),
        refusal('build-failed', /Unable to locate package no-such-package-anywhere.*--include/),
      ),
      assert.rejects(build(unanswered), refusal('build-failed', /127\.0\.0\.1:9.*--mirror/)),
    ]);
    await assert.rejects(build({ include: ['--option'] }), refusal('malformed-value'));
    await assert.rejects(build({ mirror: 'deb http://x' }), refusal('malformed-value'));
    const path = process.env['PATH'];
    process.env['PATH'] = work;
    try {
      await assert.rejects(build({}), refusal('program-missing', /setpriv.*util-linux/));
      for (const program of ['setpriv', 'unshare']) writeFileSync(`${work}/${program}`, '', { mode: 0o755 });
      await assert.rejects(build({}), refusal('program-missing', /mmdebstrap/));
    } finally {
      process.env['PATH'] = path;
    }
    for (const name of ['x', 'y']) assert.equal(one.store.find(name), undefined);
    assert.deepEqual(await one.store.sweep(false), []);
  });

  test('that is interrupted leaves nothing half made', async () => {
    const controller = new AbortController();
    const call = {
      ...testCall(controller.signal),
      progress: ({ stage }: { stage: string }) => stage.startsWith('extracting') && controller.abort(new Error('stop')),
    };
    await assert.rejects(one.store.build({ ...recipe, name: 'x' }, call as never), /stop/);
    assert.deepEqual(holders(one.directory), []);
    assert.deepEqual(await one.store.sweep(false), []);
  });

  test('gives its downloads back when pruned', async () => {
    assert.ok(debs().length > 50);
    await one.store.prune(false);
    assert.deepEqual(debs(), []);
    assert.ok(one.store.find('debian/12'));
  });
});

/** Processes whose command line or root is below a directory. */
const holders = (directory: string): readonly string[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.includes(directory) ? [`${pid} ${line.replaceAll('\0', ' ')}`] : [];
      } catch {
        return [];
      }
    });
