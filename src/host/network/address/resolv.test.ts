import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setScene, sh, unfit } from '../stage/stage.ts';
import { bridgeResolv, hostResolv } from './resolv.ts';

test('on the bridge the gateway resolves names', () => {
  assert.equal(bridgeResolv('10.1.16.1'), 'nameserver 10.1.16.1\nsearch isola\n');
});

describe('in the host’s network', { skip: unfit ?? false }, () => {
  test('names are resolved as on the host, past systemd-resolved’s stub', async () => {
    await setScene();
    const own = 'nameserver 192.0.2.2\nsearch example.org\n';
    sh(`printf '${own}' >/run/resolv.conf`);
    assert.equal(hostResolv(), own);
    const real = 'nameserver 198.51.100.53\nsearch example.net\n';
    sh(
      `printf 'nameserver 127.0.0.53\noptions edns0\n' >/run/resolv.conf; mkdir -p /run/systemd/resolve; printf '${real}' >/run/systemd/resolve/resolv.conf`,
    );
    assert.equal(hostResolv(), real);
    sh('rm /run/systemd/resolve/resolv.conf');
    assert.equal(hostResolv(), 'nameserver 127.0.0.53\noptions edns0\n', 'a loopback resolver without a better one is kept');
  });
});
