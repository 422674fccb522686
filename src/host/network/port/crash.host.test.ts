import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { addressOf, leftovers, lowerBridge, planBridge, plug, portUse, raiseBridge } from '../index.ts';
import { readSysctl } from '../programs/iproute.ts';
import { act } from '../stage/act.ts';
import { environment, host, runtimeDirectory, setScene, sh, unfit } from '../stage/stage.ts';

/**
 * Stands before the host's programs in PATH, and kills its caller before or after the n-th of them. What the caller had started beside
 * that one goes on, as it would; the test waits for it, as the time to start isola again would.
 */
const assassin = `#!/bin/sh
exec 9</run/assassin/bin
flock -s 9
PATH=$REAL_PATH
real=$(command -v \${0##*/})
calls=$(flock /run/assassin sh -c 'echo >>/run/assassin/calls; wc -l </run/assassin/calls')
if [ $calls -ne $KILL_AT ]; then $real "$@" 9<&-; exit; fi
[ $KILL_WHEN = before ] || $real "$@" 9<&-
kill -9 $PPID
`;

describe('kill -9', { skip: unfit ?? false }, () => {
  for (const when of ['before', 'after'] as const) {
    test(`${when} any program that raising, plugging, unplugging and lowering run leaves nothing that can't be mended`, async (t) => {
      if (when === 'before') await setScene();
      sh(`mkdir -p /run/assassin/bin; cat >/run/assassin/bin/ip <<'END'\n${assassin}END
        chmod +x /run/assassin/bin/ip; for name in nft tc nsenter dnsmasq ss; do ln -sf ip /run/assassin/bin/$name; done`);
      const plan = planBridge('dead', '10.66.0.0/20', runtimeDirectory('dead'));
      const web = await environment();
      const publish = [{ protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080, port: 80 } as const];
      const port = { slot: 3, pid: web.pid, ip: addressOf(plan.subnet, 3).ip, names: ['web'], publish, rateBits: 50_000_000 };
      await web.play('serve', 'tcp', '0.0.0.0', 80, 'web');

      let kills = 0;
      for (let at = 1; ; at++) {
        sh(': >/run/assassin/calls');
        const path = process.env['PATH'] ?? '';
        const env = { ...process.env, REAL_PATH: path, PATH: `/run/assassin/bin:${path}`, KILL_AT: String(at), KILL_WHEN: when };
        const victim = spawnSync('sh', ['-c', `exec ${act('play', plan, port)}`], { env, encoding: 'utf8' });
        if (victim.signal === null) {
          assert.equal(victim.status, 0, victim.stderr);
          assert.ok(readFileSync('/run/assassin/calls').length < at);
          break;
        }
        kills++;
        sh('sleep 0.05; flock /run/assassin/bin true');
        await raiseBridge(plan);
        await plug(plan, port);
        assert.equal(web.probe('name', plan.gateway, 'web'), port.ip);
        assert.equal(host().probe('ask', 'tcp', '127.0.0.1', 8080), `web ${plan.gateway}`);
        assert.equal((await portUse(plan, 3))?.hits, 0);
        await lowerBridge(plan);
        assert.deepEqual(await leftovers(plan), []);
        assert.equal(existsSync(plan.directory), false);
        assert.equal(readSysctl('net/ipv4/ip_forward'), '0');
        assert.equal(sh('nft list ruleset; ip -o link | grep -v -e " lo:" -e " up0@" || true'), '');
      }
      t.diagnostic(`killed ${kills} times`);
      assert.ok(kills >= 12);
    });
  }
});
