import assert from 'node:assert/strict';
import type { Subject } from '../clause.ts';
import { type Chapter, clause } from '../clause.ts';
import type { Ground } from '../ground.ts';

/** Serves a word of its own on port 80. */
const serve = (on: Ground, name: string): Promise<string> =>
  on.inside(name, `mkdir -p /www && echo from ${name} > /www/index.html && httpd -h /www`);

/** Not by wget -T, at which the static busybox of Debian crashes. */
const get = (host: string): readonly string[] => ['timeout', '60', 'wget', '-q', '-O', '-', `http://${host}/`];

const meet = async (on: Ground, { technique, image }: Subject): Promise<void> => {
  const [here, there] = ['here', `there-${technique}`];
  await on.hold(on.image, here);
  await on.hold('--technique', technique, image, there);
  for (const name of [here, there]) await serve(on, name);
  assert.equal(await on.ok('exec', here, '--', ...get(there)), `from ${there}\n`);
  assert.equal(await on.ok('exec', there, '--', ...get(here)), `from ${here}\n`);
};

export const network: Chapter = {
  title: 'Network',
  clauses: [
    clause('environments reach each other by name, also by a new one', ['launch', 'exec', 'rename', 'restart'], async (on) => {
      const db = await on.shared();
      await on.hold(on.image, 'web');
      await serve(on, 'web');
      assert.equal(await on.ok('exec', db, '--', ...get('web')), 'from web\n');
      assert.match(await on.ok('exec', db, '--', ...get((await on.row('web')).address ?? '')), /from web/);
      await on.ok('rename', 'web', 'www');
      assert.equal(await on.ok('exec', db, '--', ...get('www')), 'from web\n');
      assert.match((await on.isola('exec', db, '--', ...get('web'))).stderr, /bad address 'web'/);
      await on.ok('restart', '--force', 'www');
      assert.equal(await on.ok('exec', 'www', 'hostname'), 'www\n');
    }),

    clause('those of another technique are reached by name, both ways', ['launch', 'exec'], async (on) => {
      if (on.others.length === 0) return 'no other technique works on this host';
      for (const other of on.others) {
        await meet(on, other);
        await on.clear();
      }
      return undefined;
    }),

    clause('without a network there is only the loopback', ['run'], async (on) => {
      assert.equal(await on.ok('run', '--network', 'none', on.image, '--', 'ls', '/sys/class/net'), 'lo\n');
    }),

    clause('an address that was asked for is its own', ['launch', 'list', 'exec'], async (on) => {
      const taken = (await on.row(await on.shared())).address ?? '';
      const wanted = taken.replace(/\d+$/, '77');
      await on.hold('--ip', wanted, on.image, 'placed');
      assert.equal((await on.row('placed')).address, wanted);
      assert.match(await on.inside('placed', 'ip -4 addr'), new RegExp(`inet ${wanted.replaceAll('.', '\\.')}/`));
      assert.match(await on.refused(1, 'launch', '--ip', wanted, on.image, 'rival'), /is taken/);
    }),

    clause('a published port answers on the host’s loopback, and no longer when unpublished', ['launch', 'wait', 'set'], async (on) => {
      const port = 20_000 + (process.pid % 20_000);
      const url = `http://127.0.0.1:${port}/`;
      await on.hold('-p', `${port}:80`, on.image, 'site');
      await serve(on, 'site');
      await on.ok('wait', 'site', '--for', 'port:80', '--timeout', '2m');
      assert.equal(await (await fetch(url)).text(), 'from site\n');
      assert.match(await on.refused(1, 'launch', '--hold', '-p', `${port}:80`, on.image, 'rival'), new RegExp(`port .*${port}.* is taken`));
      await on.ok('set', 'site', '--unpublish');
      await assert.rejects(fetch(url));
      await on.ok('set', 'site', '--publish', `${port}:80`);
      assert.equal(await (await fetch(url)).text(), 'from site\n');
    }),
  ],
};
