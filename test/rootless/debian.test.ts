/** Debian for an ordinary user with one id: built by mmdebstrap, run by either technique, and added to as any Debian. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, describe, test } from 'node:test';
import { User, unfit } from './user.ts';

describe('debian/12 of an ordinary user', { skip: unfit('mmdebstrap', 'linux.uml') }, () => {
  const user = new User(31);
  after(() => user[Symbol.dispose]());

  test('is built, and a machine with its own kernel runs it', async () => {
    const [name = '', release = ''] = (await user.ok('run', '--technique', 'paravirtualization', 'debian/12', '--', 'uname', '-sr'))
      .trim()
      .split(' ');
    assert.equal(name, 'Linux');
    assert.notEqual(release, spawnSync('uname', ['-r'], { encoding: 'utf8' }).stdout.trim());
  });

  test('takes packages that give files to others, whose they are not: all belongs to root', async () => {
    const script =
      'apt-get -q update && apt-get -q -y install --no-install-recommends cron && stat -c "%U %G" /var/spool/cron/crontabs && touch /root/x && chown www-data /root/x';
    for (const technique of ['os-level', 'paravirtualization']) {
      const { code, stdout, stderr } = await user.isola('run', '--technique', technique, 'debian/12', '--', 'sh', '-c', script);
      assert.equal(code, 0, `${technique}: ${stdout}${stderr}`);
      assert.match(stdout, /^root (root|crontab)$/m, technique);
    }
    assert.deepEqual(await user.tracesThatStay(), []);
  });
});
