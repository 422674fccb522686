import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Chapter, clause } from '../clause.ts';
import type { Ground } from '../ground.ts';

/** A folder on the host with a file, a program, a link and a folder. */
const withSite = async (work: (here: string) => Promise<void>): Promise<undefined> => {
  const here = mkdtempSync(join(tmpdir(), 'isola-cp-'));
  try {
    mkdirSync(`${here}/site/sub`, { recursive: true });
    writeFileSync(`${here}/site/page`, 'hello');
    writeFileSync(`${here}/site/sub/run`, '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync('page', `${here}/site/index`);
    await work(here);
  } finally {
    rmSync(here, { recursive: true, force: true });
  }
  return undefined;
};

const thereAndBack = async (on: Ground, name: string, here: string): Promise<void> => {
  await on.ok('cp', `${here}/site`, `${name}:/srv/site`);
  await on.ok('cp', `${name}:/srv/site`, `${here}/back`);
  assert.equal(readFileSync(`${here}/back/page`, 'utf8'), 'hello');
  assert.equal(readlinkSync(`${here}/back/index`), 'page');
  assert.equal(statSync(`${here}/back/sub/run`).mode & 0o777, 0o755);
  await on.ok('cp', `${here}/site/page`, `${name}:/root/renamed`);
  await on.ok('cp', `${name}:/root/renamed`, `${here}/page`);
  assert.equal(readFileSync(`${here}/page`, 'utf8'), 'hello');
  assert.match(await on.refused(1, 'cp', `${name}:/no-such`, here), /there is no .*:\/no-such/);
};

export const files: Chapter = {
  title: 'Files',
  clauses: [
    clause('cp carries files, directories, modes and links, both ways, while it runs', ['cp', 'exec'], async (on) => {
      const shared = await on.shared();
      return await withSite(async (here) => {
        await thereAndBack(on, shared, here);
        assert.equal(
          await on.inside(shared, 'cat /srv/site/index; stat -c "%u:%g %a" /srv/site/sub/run; rm -r /srv/site'),
          'hello0:0 755\n',
        );
      });
    }),

    clause('cp does so while it is stopped', ['cp', 'start', 'exec'], async (on) => {
      await on.hold('--no-start', on.image, 'files');
      return await withSite(async (here) => {
        await thereAndBack(on, 'files', here);
        await on.ok('start', 'files');
        assert.equal(await on.inside('files', 'cat /srv/site/index; stat -c "%u:%g %a" /srv/site/sub/run'), 'hello0:0 755\n');
      });
    }),

    clause('cp reads and writes tar streams', ['cp', 'exec'], async (on) => {
      const shared = await on.shared();
      await on.inside(shared, 'mkdir -p /root/from && echo one > /root/from/a && echo two > /root/from/b');
      const library = await on.library();
      const packed = await library.get(shared).then((box) => box.exec(['tar', '-C', '/root/from', '-cf', '-', '.'], { check: true }));
      assert.equal((await on.tell(['cp', '-', `${shared}:/root/to`], { input: packed.stdoutBytes })).code, 0);
      assert.equal(await on.inside(shared, 'cat /root/to/a /root/to/b'), 'one\ntwo\n');
      const back = spawnSync('tar', ['-xOf', '-', './a'], { input: await on.ok('cp', `${shared}:/root/to`, '-'), encoding: 'utf8' });
      assert.equal(back.stdout, 'one\n');
    }),

    clause('volumes show host files, to be changed or only read', ['launch', 'exec', 'show'], async (on) => {
      const here = mkdtempSync(join(tmpdir(), 'isola-volume-'));
      try {
        writeFileSync(join(here, 'file'), 'from the host\n');
        await on.hold('-v', `${here}:/open`, '-v', `${here}:/closed:ro`, '-v', `${here}/file:/etc/one:ro`, on.image, 'volumes');
        assert.equal(await on.inside('volumes', 'cat /open/file /etc/one'), 'from the host\nfrom the host\n');
        await on.inside('volumes', 'echo inside > /open/made; cat /closed/made');
        assert.ok(existsSync(join(here, 'made')));
        const denied = await on.isola('exec', 'volumes', '--', 'sh', '-c', 'touch /closed/never; echo > /etc/one');
        assert.notEqual(denied.code, 0);
        assert.ok(!existsSync(join(here, 'never')));
        assert.equal(await on.inside('volumes', 'cat /etc/one'), 'from the host\n');
        assert.equal((await on.show('volumes')).spec.volumes.length, 3);
        assert.match(await on.refused(125, 'run', '-v', `${here}/no-such:/v`, on.image, 'true'), /there is no .*no-such/);
      } finally {
        rmSync(here, { recursive: true, force: true });
      }
    }),

    clause('owners, modes, times, links and pipes are kept as on any disk, also over a restart', ['exec', 'restart'], async (on) => {
      await on.hold(on.image, 'disk');
      const make = [
        'mkdir -p /d/sub && cd /d && echo x > file && chown 1000:1001 file && chmod 4751 file && touch -d "2001-02-03 04:05:06" file',
        'ln file hard && ln -s file soft && mkfifo pipe && chmod 1777 sub && echo y > "with space" && mv "with space" moved',
        'truncate -s 10M sparse && : > gone && rm gone',
      ];
      await on.inside('disk', make.join(' && '));
      const look =
        'cd /d && ls | tr "\\n" " " && stat -c "%u:%g %a %h %s %Y" file && readlink soft && stat -c %F pipe && stat -c %a sub && stat -c %s sparse';
      const seen = await on.inside('disk', look);
      assert.deepEqual(seen.split('\n'), [
        'file hard moved pipe soft sparse sub 1000:1001 4751 2 2 981173106',
        'file',
        'fifo',
        '1777',
        String(10 * 1024 ** 2),
        '',
      ]);
      await on.ok('restart', '--force', 'disk');
      assert.equal(await on.inside('disk', look), seen);
    }),

    clause('who is not root inside reads and writes what its ids may', ['exec'], async (on) => {
      const shared = await on.shared();
      await on.inside(
        shared,
        'mkdir -p /p && chmod 755 /p && echo secret > /p/secret && chmod 600 /p/secret && echo own > /p/own && chown 65534 /p/own',
      );
      const script = 'cat /p/secret; echo > /p/secret; touch /p/new; cat /p/own; echo more >> /p/own; chown 0 /p/own; id -u';
      const { stdout, stderr } = await on.isola('exec', '-u', '65534:65534', shared, '--', 'sh', '-c', script);
      assert.equal(stdout, 'own\n65534\n');
      assert.equal(stderr.trim().split('\n').length, 4, stderr);
      assert.equal(await on.inside(shared, 'cat /p/secret /p/own; ls /p'), 'secret\nown\nmore\nown\nsecret\n');
    }),

    clause('what who is not root makes inside belongs to him', ['exec'], async (on) => {
      const make =
        'umask 027; cd /tmp && touch his && mkdir his-folder && ln -s his his-link && mkfifo his-pipe && echo x >> his && stat -c "%u:%g %a %n" his his-folder his-link his-pipe';
      const seen = await on.ok('exec', '-u', '65534:65533', await on.shared(), '--', 'sh', '-c', make);
      assert.deepEqual(seen.trim().split('\n'), [
        '65534:65533 640 his',
        '65534:65533 750 his-folder',
        '65534:65533 777 his-link',
        '65534:65533 640 his-pipe',
      ]);
    }),

    clause('a directory hands on its group, and who is not root takes the set-user-ID bit away by writing', ['exec'], async (on) => {
      const shared = await on.shared();
      await on.inside(shared, 'mkdir /team && chown 0:50 /team && chmod 2777 /team && : > /team/set && chmod 6777 /team/set');
      const make = 'cd /team && touch file && mkdir folder && echo x >> set && stat -c "%u:%g %a %n" file folder set';
      const seen = await on.ok('exec', '-u', '65534:65533', shared, '--', 'sh', '-c', `umask 022; ${make}`);
      assert.equal(seen, '65534:50 644 file\n65534:50 2755 folder\n0:50 777 set\n');
    }),

    clause('a file lives on without its name while it is open, and a name may come to mean another', ['exec'], async (on) => {
      const shared = await on.shared();
      const script = [
        'mkdir /turn && cd /turn && echo old > name && echo new > other && ln name second && exec 3< name 4< other 5<> gone',
        'mv other name && rm -f gone && echo kept >&5 && cat name second && cat <&3 && cat <&4 && stat -L -c "%h %s" /proc/self/fd/5 && cat /proc/$$/fd/5',
        'mkdir -p a/b c && echo deep > a/b/file && mv a/b c/d && cat c/d/file && find . | sort | tr "\\n" " "',
      ];
      assert.equal(
        await on.inside(shared, script.join(' && ')),
        'new\nold\nold\nnew\n0 5\nkept\ndeep\n. ./a ./c ./c/d ./c/d/file ./name ./second ',
      );
    }),

    clause('a directory of 5,000 files is listed whole, and emptied', ['exec'], async (on) => {
      const shared = await on.shared();
      const make =
        'mkdir /many && cd /many && seq 1 5000 | xargs touch && ls | sort -n | md5sum && ls -l | tail -n +2 | wc -l && find . | wc -l';
      const seen = await on.inside(shared, `${make} && seq 1 5000 | md5sum && rm -r /many && ls -d /many 2>&1 | wc -l`);
      const [listed, long, found, expected] = seen.split('\n');
      assert.equal(listed, expected);
      assert.deepEqual([long, found], ['5000', '5001']);
    }),

    clause('files are read and written past all caches, and the disk tells its size', ['exec'], async (on) => {
      const shared = await on.shared();
      const write =
        'dd if=/dev/urandom of=/direct bs=64k count=4 && dd if=/direct of=/copied bs=64k iflag=direct oflag=direct && cmp /direct /copied';
      await on.inside(shared, `(${write}) 2>/dev/null && rm /direct /copied`);
      const [blocks = '0', free = '0'] = (await on.inside(shared, 'df -P / | tail -n 1')).trim().split(/\s+/).slice(1, 4);
      assert.ok(Number(blocks) > 0 && Number(free) <= Number(blocks), `${blocks} ${free}`);
    }),
  ],
};
