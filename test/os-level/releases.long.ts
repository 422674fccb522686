/**
 * The other Debian releases boot too. Not among the usual tests, for each takes minutes to build: tools/node tools/test.ts
 * test/os-level/releases.long.ts. Last result, 25 November 2026, Debian 12 host, kernel 6.18, hybrid control groups: debian/13 (13.8,
 * systemd 257.13, 143 MiB) and debian/11 (11.11, systemd 247.3, 144 MiB) were `running` with no failed unit.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { stage, whyNot } from '../stage/stage.ts';
import { provideDebian } from './debian.ts';

suite('other releases', { skip: (await whyNot('os-level')) ?? false }, () => {
  const here = stage();

  for (const version of [11, 13] as const)
    test(`debian/${version} is built, boots to running, and stops when asked`, async () => {
      await provideDebian(here, version);
      await here.ok('launch', '--wait', `debian/${version}`, 'sys');
      assert.equal(await here.ok('exec', 'sys', '--', 'systemctl', 'is-system-running'), 'running\n');
      assert.equal(await here.ok('exec', 'sys', '--', 'systemctl', '--failed', '--no-legend'), '');
      assert.match(await here.ok('exec', 'sys', '--', 'cat', '/etc/debian_version'), new RegExp(`^${version}\\.`));
      assert.match(await here.ok('stop', 'sys', '--format', 'json'), /"did": "stopped"/);
      await here.ok('delete', 'sys');
    });
});
