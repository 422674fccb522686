/** What tools/setup gets, says and leaves alone, in checkouts and on machines of a test's own making. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Checkout, endOf } from './checkout.ts';

const skip = process.getuid?.() === 0 ? false : 'it hands checkouts to other users, which needs root';
const nobody = 65_534;
const old = 'v18.19.0';

describe('a fresh checkout', { skip }, () => {
  test('is set up by its first command: what and why on standard error, the answer alone on standard output', async () => {
    using place = new Checkout({ node: old, packages: ['mount', 'util-linux'] });
    const first = await place.isola(['list', '--format', 'json'], { input: 'data for isola\n' });
    assert.equal(first.out, 'list|--format|json\ndata for isola\n', 'neither npm nor apt-get spoke there or ate what was for isola');
    assert.match(first.err, /this is set up first:\n {2}Node 26\.\d+\.\d+, .* this machine has v18\.19\.0\n {2}npm packages/);
    assert.match(first.err, /\n {4}crun +runs environments\n {4}conmon +keeps detached ones\n/);
    assert.match(first.err, /everything is in place\n$/);
    assert.doesNotMatch(first.err, /talks/);
    assert.equal(readFileSync(`${place.base}/eaten`, 'utf8'), '');
    const asked = place.asked.length;
    assert.deepEqual(await place.isola(['list']), { status: 0, out: 'list\n', err: '' });
    assert.equal(place.asked.length, asked, 'the second command asks for nothing');
  });

  test('once set up starts nothing but Node: there is no other program it could start', async () => {
    using place = new Checkout({});
    await place.isola(['list']);
    for (const args of [['run', 'busybox', '--', 'a b', '--yes'], ['--help']]) {
      const { status, out, err } = await place.isola(args, { env: { PATH: '/nonexistent' } });
      assert.deepEqual([status, out, err], [0, `${args.join('|')}\n`, '']);
    }
  });

  test('is found through links, from elsewhere, and by paths with spaces', async () => {
    using place = new Checkout({});
    await place.isola(['list']);
    symlinkSync(`${place.home}/isola`, `${place.base}/bin/ix`);
    symlinkSync('ix', `${place.base}/bin/iy`);
    const env = { PATH: `${place.base}/bin`, HOME: place.base };
    for (const called of ['ix', 'iy', `${place.home}/isola`, 'isola/isola']) {
      const { stdout, stderr } = spawnSync(called, ['version'], {
        cwd: place.base,
        env,
        encoding: 'utf8',
        input: '',
      });
      assert.deepEqual([stdout, stderr], ['version\n', ''], called);
    }
  });

  test('is set up once by two commands at the same time', async () => {
    using place = new Checkout({ node: old });
    place.first('npm', 'sleep 0.5');
    const both = await Promise.all([place.isola(['a']), place.isola(['b'])]);
    assert.deepEqual(
      both.map(({ status, out }) => [status, out]),
      [
        [0, 'a\n'],
        [0, 'b\n'],
      ],
    );
    assert.equal(both.filter(({ err }) => err.includes('another set-up is at work; waiting for it')).length, 1);
    assert.equal(place.asked.length, 2, `Node and the packages, once each:\n${place.asked.join('\n')}`);
  });

  test('killed at any point of it, is set up by the next command, and never has half of anything in its place', async () => {
    using place = new Checkout({ node: old });
    const begun = `${place.base}/begun`;
    // Once while it gets Node, once while it gets packages, each with half of it written.
    const half = `for word; do case $word in */*.new|*/npm) mkdir -p "$word/node_modules/yaml"; : > "$word/node_modules/yaml/package.json" ;; esac; done\n: > '${begun}'; sleep 60`;
    for (const [signal, when] of [
      ['SIGKILL', 'node-linux'],
      ['SIGINT', '.isola/npm'],
      ['SIGKILL', '.isola/npm'],
    ] as const) {
      place.first('npm', `case "$*" in *${when}*) ${half} ;; esac`);
      const child = place.begin([`${place.home}/isola`, 'list']);
      const ended = endOf(child);
      while (!existsSync(begun)) await new Promise((resolve) => setTimeout(resolve, 20));
      process.kill(-(child.pid ?? 0), signal);
      assert.equal((await ended).status, null, `${signal} ends it`);
      assert.equal(place.has('node_modules'), false);
      spawnSync('rm', [begun]);
    }
    place.first('npm', '');
    const { status, out } = await place.isola(['list']);
    assert.deepEqual([status, out], [0, 'list\n']);
    assert.match(readFileSync(`${place.home}/node_modules/yaml/package.json`, 'utf8'), /version/);
    assert.equal(place.has('.isola/npm') || place.has('.isola/node.new'), false);
  });

  test('without network says so in one sentence, with the exit status of the command', async () => {
    using place = new Checkout({ node: old });
    place.first(
      'npm',
      'echo "npm error code EAI_AGAIN"; echo "npm error request to https://registry.npmjs.org/x failed, reason: getaddrinfo EAI_AGAIN"; exit 1',
    );
    for (const [args, exit] of [
      [['list'], 1],
      [['run', 'busybox', '--', 'true'], 125],
    ] as const) {
      const { status, out, err } = await place.isola(args);
      assert.deepEqual([status, out], [exit, '']);
      assert.match(
        err,
        /\nisola: the npm registry can't be reached: .*EAI_AGAIN\n {2}check the network and run this again: it goes on from here\n$/,
      );
    }
    using bare = new Checkout({ packages: [] });
    bare.first('apt-get', 'echo "E: Failed to fetch http://deb.debian.org/x  Temporary failure resolving"; exit 100');
    const { status, err } = await bare.isola(['list']);
    assert.equal(status, 1);
    assert.match(err, /\nisola: the Debian mirror can't be reached: Failed to fetch .*Temporary failure resolving\n {2}check the network/);
  });

  test('what went wrong otherwise is told by its last words', async () => {
    using place = new Checkout({ node: old });
    place.first('npm', 'echo "npm error ENOSPC: no space left on device"; exit 1');
    const { status, err } = await place.isola(['list']);
    assert.equal(status, 1);
    assert.match(err, /npm error ENOSPC: no space left on device\nisola: the npm registry did not give what was asked for/);
  });

  test('without any Node or npm gets them as Debian packages, where it may', async () => {
    using place = new Checkout({ node: '', npm: false });
    place.first('apt-get', `case "$*" in *npm*) [ -e '${place.base}/bin/npm' ] || exit 100 ;; esac`);
    const { status, err } = await place.isola(['list']);
    assert.equal(status, 1);
    assert.match(err, /this machine has none\n/);
    assert.match(err, /\n {4}npm +gets npm packages\n/);
    assert.ok(
      place.asked.some((line) => /apt-get .*install .*\bnpm$/.test(line)),
      place.asked.join('\n'),
    );
  });

  test('asks before anything, at a terminal; and not with --yes or CI', async () => {
    for (const [reply, asks] of [
      ['n', true],
      ['', true],
      [undefined, false],
    ] as const) {
      using place = new Checkout({ node: old });
      const yes = reply === undefined ? ' --yes' : '';
      const { stdout } = spawnSync('/usr/bin/script', ['-qec', `'${place.home}/isola' list${yes}`, '/dev/null'], {
        env: { PATH: `${place.base}/bin`, HOME: place.base },
        input: `${reply ?? ''}\n`,
        encoding: 'utf8',
      });
      assert.equal(stdout.includes('Go on? [Y/n]'), asks);
      assert.equal(place.asked.length > 0, reply !== 'n');
      assert.equal(stdout.includes('nothing was changed'), reply === 'n');
    }
    using place = new Checkout({ node: old });
    const { stdout } = spawnSync('/usr/bin/script', ['-qec', `'${place.home}/isola' list`, '/dev/null'], {
      env: { PATH: `${place.base}/bin`, HOME: place.base, CI: '1' },
      encoding: 'utf8',
      input: '',
    });
    assert.doesNotMatch(stdout, /Go on/);
  });
});

describe('a checkout and its users', { skip }, () => {
  test('without root has packages unpacked beside the machine’s own, from its own sources, once', async () => {
    using place = new Checkout({ node: old, packages: ['mount', 'conmon'] });
    place.own(nobody);
    const first = await place.isola(['list'], { uid: nobody });
    assert.deepEqual([first.status, first.out], [0, 'list\n']);
    assert.match(
      first.err,
      /Debian packages, by apt-get, unpacked below \.isola\/debian and not installed:\n {4}crun +runs environments\n/,
    );
    assert.doesNotMatch(first.err, /lxcfs|conmon/, 'neither what only root’s environments need, nor what is there');
    assert.match(first.err, /everything is in place\n$/);
    assert.equal(readFileSync(`${place.home}/.isola/debian/usr/bin/crun`, 'utf8'), 'crun\n');
    assert.deepEqual([place.has('.isola/archives'), place.has('.isola/debian.new')], [false, false]);
    const asked = place.asked.length;
    assert.deepEqual(await place.isola(['list'], { uid: nobody }), { status: 0, out: 'list\n', err: '' });
    assert.equal(place.asked.length, asked, 'the second command asks for nothing');
    assert.match((await place.isola(['list'])).err, /installing Debian packages/, 'what a user unpacked is not root’s');
  });

  test('killed while it has packages unpacked, goes on from there', async () => {
    using place = new Checkout({ packages: ['mount', 'conmon'] });
    place.own(nobody);
    place.first('apt-get', `case "$*" in *--download-only*) : > '${place.base}/begun'; sleep 60 ;; esac`);
    const child = place.begin([`${place.home}/isola`, 'list'], { uid: nobody });
    const ended = endOf(child);
    while (!existsSync(`${place.base}/begun`)) await new Promise((resolve) => setTimeout(resolve, 20));
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await ended;
    assert.equal(place.has('.isola/debian'), false);
    place.first('apt-get', '');
    assert.equal((await place.isola(['list'], { uid: nobody })).out, 'list\n');
    assert.equal(place.has('.isola/debian/usr/bin/crun'), true);
  });

  test('without root and apt-get is set up as far as it goes, and says what is missing once', async () => {
    using place = new Checkout({ node: old, packages: ['mount', 'conmon'], apt: false });
    place.own(nobody);
    const first = await place.isola(['list'], { uid: nobody });
    assert.deepEqual([first.status, first.out], [0, 'list\n']);
    assert.match(
      first.err,
      /environments can't be made or started yet: without root or Debian's apt-get, isola can't install crun catatonit .*\n {2}sudo \.\/isola setup does; until then help, version, doctor/,
    );
    assert.doesNotMatch(first.err, /everything is in place/);
    assert.deepEqual(await place.isola(['list'], { uid: nobody }), { status: 0, out: 'list\n', err: '' });
  });

  test('is set up by root, too: what root makes there stays the owner’s', async () => {
    using place = new Checkout({ node: old, packages: ['mount', 'conmon'] });
    place.own(nobody);
    const roots = await place.isola(['list']);
    assert.match(roots.err, /installing Debian packages/);
    for (const path of ['.isola/ready', '.isola/setup.lock', 'node_modules/yaml'])
      assert.equal(statSync(`${place.home}/${path}`).uid, nobody, path);
  });

  test('without npm and root says how to get it', async () => {
    using place = new Checkout({ node: old, npm: false });
    place.own(nobody);
    const { status, err } = await place.isola(['run', 'busybox'], { uid: nobody });
    assert.equal(status, 125);
    assert.match(
      err,
      /npm is missing, and without root and apt-get it can't be installed\n {2}sudo apt-get install npm, or sudo \.\/isola setup\n$/,
    );
  });

  test('somebody else’s is used as it is, with compiled code kept in the user’s own folder, or refused if not set up', async () => {
    using place = new Checkout({});
    chmodSync(place.base, 0o755);
    const fresh = await place.isola(['run', 'x'], { uid: nobody });
    assert.equal(fresh.status, 125);
    assert.match(
      fresh.err,
      /isola: \/.* is not set up, and not yours to write to\n {2}have its owner run \.\/isola setup in it once, or clone isola into a folder of your own\n$/,
    );
    await place.isola(['list']);
    assert.deepEqual(await place.isola(['list'], { uid: nobody }), { status: 0, out: 'list\n', err: '' });
  });

  test('a package that was removed, or a Node that is gone, is noticed', async () => {
    using place = new Checkout({ node: old });
    await place.isola(['list']);
    // As if dpkg had done something since.
    utimesSync(`${place.home}/.isola/ready`, 1, 1);
    for (const path of ['tools/setup', 'package-lock.json']) utimesSync(`${place.home}/${path}`, 0, 0);
    spawnSync('sed', ['-i', '/^crun:/d', `${place.base}/packages`]);
    assert.match((await place.isola(['list'])).err, /Debian packages, by apt-get:\n {4}crun +runs environments\nisola: installing/);
    spawnSync('rm', ['-r', `${place.home}/.isola/node`]);
    const again = await place.isola(['list']);
    assert.deepEqual([again.status, again.out], [0, 'list\n']);
    assert.match(again.err, /getting Node/);
  });

  test('a package whose own version also names a build is the one of the lock file', async () => {
    using place = new Checkout({});
    await place.isola(['list']);
    const path = `${place.home}/node_modules/yaml/package.json`;
    const { version } = JSON.parse(readFileSync(path, 'utf8'));
    const asked = place.asked.length;
    for (const [there, isAsked] of [
      [`${version}+g5f9a90f`, false],
      [`${version}0`, true],
    ] as const) {
      writeFileSync(path, JSON.stringify({ version: there }));
      await place.isola(['setup']);
      assert.equal(place.asked.length > asked, isAsked, there);
    }
  });

  test('setup by itself says what it knows, and that all is in place', async () => {
    using place = new Checkout({});
    assert.match((await place.isola(['setup', '--help'])).out, /--yes: don't ask/);
    assert.deepEqual(await place.isola(['setup', '--nope']).then(({ status, err }) => [status, err]), [
      2,
      'isola: setup knows --yes and --test, not --nope\n',
    ]);
    assert.match((await place.isola(['setup'])).err, /everything is in place\n$/);
    assert.equal((await place.isola(['setup'])).status, 0);
  });
});
