import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Publish } from '../../../environment/index.ts';
import { addressOf, lowerBridge, planBridge, plug, plugged, raiseBridge, setPublish, unplug } from '../index.ts';
import { writeSysctl } from '../programs/iproute.ts';
import { type Actor, addresses, environment, host, runtimeDirectory, setScene, sh, unfit } from '../stage/stage.ts';

const ours = planBridge('0e0f', '10.20.0.0/20', runtimeDirectory('0e0f'));
const theirs = planBridge('7777', '10.30.0.0/20', runtimeDirectory('7777'));
let world: Actor;
let web: Actor;
let db: Actor;
let stranger: Actor;

const at = (hostAddress: string, hostPort: number, port: number, protocol: 'tcp' | 'udp' = 'tcp'): Publish => ({
  hostAddress,
  hostPort,
  port,
  protocol,
});
const plugIn = (plan: typeof ours, slot: number, actor: Actor, name: string, publish: readonly Publish[] = []): Promise<void> =>
  plug(plan, { slot, pid: actor.pid, ip: addressOf(plan.subnet, slot).ip, names: [name], publish, rateBits: null });
const ask = (actor: Actor, address: string, port: number, protocol = 'tcp'): string => actor.probe('ask', protocol, address, port);

const bridgedFilter = 'net/bridge/bridge-nf-call-iptables';
/** Hosts with Kubernetes or Docker have bridged packets pass the host's filter too; both kinds of host shall work. */
const kinds = existsSync(`/proc/sys/${bridgedFilter}`) ? (['0', '1'] as const) : (['0'] as const);

describe('published ports', { skip: unfit ?? false }, () => {
  before(async () => {
    world = await setScene();
    await raiseBridge(ours);
    await raiseBridge(theirs);
    [web, db, stranger] = await Promise.all([environment(), environment(), environment()]);
    for (const actor of [web, db, stranger]) {
      await actor.play('serve', 'tcp', '0.0.0.0', 80, 'web');
      await actor.play('serve', 'udp', '0.0.0.0', 53, 'dns');
    }
  });
  after(async () => {
    await lowerBridge(ours);
    await lowerBridge(theirs);
  });
  afterEach(async () => {
    for (const plan of [ours, theirs]) for (const { slot } of plugged(plan)) await unplug(plan, slot);
  });

  for (const kind of kinds) {
    test(`on loopback are there for the host alone (bridged packets filtered: ${kind})`, async () => {
      writeSysctl(bridgedFilter, kind);
      await plugIn(ours, 0, web, 'web', [at('127.0.0.1', 8080, 80), at('127.0.0.1', 5353, 53, 'udp')]);
      await plugIn(ours, 1, db, 'db');
      assert.equal(ask(host(), '127.0.0.1', 8080), `web ${ours.gateway}`);
      assert.equal(ask(host(), '127.0.0.1', 5353, 'udp'), `dns ${ours.gateway}`);
      assert.equal(ask(host(), addresses.host, 8080), 'refused');
      assert.equal(ask(world, addresses.host, 8080), 'refused');
      for (const address of [ours.gateway, addresses.host]) assert.equal(ask(db, address, 8080), 'refused');
      await unplug(ours, 0);
      assert.equal(ask(host(), '127.0.0.1', 8080), 'refused');
    });

    test(`on every address are there for everybody, its neighbours and itself included (bridged packets filtered: ${kind})`, async () => {
      writeSysctl(bridgedFilter, kind);
      await plugIn(ours, 0, web, 'web', [at('0.0.0.0', 8080, 80), at('0.0.0.0', 53, 53, 'udp')]);
      await plugIn(ours, 1, db, 'db');
      await plugIn(theirs, 0, stranger, 'stranger');
      assert.equal(ask(world, addresses.host, 8080), `web ${addresses.world}`, 'visitors keep their address');
      assert.equal(ask(world, addresses.host, 53, 'udp'), `dns ${addresses.world}`);
      assert.equal(ask(host(), '127.0.0.1', 8080), `web ${ours.gateway}`);
      assert.equal(ask(host(), addresses.host, 8080), `web ${addresses.host}`);
      for (const actor of [db, web]) {
        assert.equal(ask(actor, addresses.host, 8080), `web ${ours.gateway}`);
        assert.equal(ask(actor, ours.gateway, 8080), `web ${ours.gateway}`);
      }
      assert.equal(ask(stranger, addresses.host, 8080), `web ${ours.gateway}`, 'an environment of another store, too');
    });
  }

  test('an environment’s questions for names are never redirected', async () => {
    await plugIn(ours, 0, web, 'web', [at('0.0.0.0', 53, 53, 'udp')]);
    await plugIn(theirs, 0, stranger, 'stranger');
    assert.equal(web.probe('name', ours.gateway, 'web'), '10.20.0.2');
    assert.equal(stranger.probe('name', theirs.gateway, 'stranger'), '10.30.0.2');
    assert.equal(host().probe('name', ours.gateway, 'web'), '10.20.0.2');
  });

  test('on one address of the host are there only', async () => {
    await plugIn(ours, 0, web, 'web', [at(addresses.host, 8080, 80)]);
    assert.equal(ask(world, addresses.host, 8080), `web ${addresses.world}`);
    assert.equal(ask(host(), '127.0.0.1', 8080), 'refused');
  });

  test('change while it runs', async () => {
    await plugIn(ours, 0, web, 'web', [at('127.0.0.1', 8080, 80), at('127.0.0.1', 8081, 80)]);
    await setPublish(ours, 0, [at('127.0.0.1', 8081, 80), at('127.0.0.1', 8082, 80)]);
    const answers = [8080, 8081, 8082].map((port) => ask(host(), '127.0.0.1', port));
    assert.deepEqual(answers, ['refused', `web ${ours.gateway}`, `web ${ours.gateway}`]);
    await unplug(ours, 0);
    await plugIn(ours, 1, db, 'db', [at('127.0.0.1', 8081, 80), at('127.0.0.1', 8082, 80)]);
  });

  test('a port of the host that is taken is refused, with its owner', async () => {
    await host().play('serve', 'tcp', '127.0.0.1', 8090, 'host');
    const owner = /8090\/tcp is taken by python3 \(process \d+\)/;
    await assert.rejects(plugIn(ours, 0, web, 'web', [at('127.0.0.1', 8090, 80)]), { code: 'port-taken', message: owner });
    await assert.rejects(plugIn(ours, 0, web, 'web', [at('0.0.0.0', 8090, 80)]), { code: 'port-taken', message: owner });
    await plugIn(ours, 0, web, 'web', [at('127.0.0.1', 8090, 80, 'udp'), at(addresses.host, 8090, 80)]);
    assert.equal(ask(host(), '127.0.0.1', 8090), 'host 127.0.0.1');
  });

  test('a port another environment has is refused, with its name; of another store too', async () => {
    await plugIn(ours, 0, web, 'web', [at('127.0.0.1', 8080, 80)]);
    const taken = (by: string) => ({ code: 'port-taken', message: new RegExp(`is taken by ${by}`) });
    await assert.rejects(plugIn(ours, 1, db, 'db', [at('127.0.0.1', 8080, 80)]), taken('web'));
    await assert.rejects(plugIn(ours, 1, db, 'db', [at('0.0.0.0', 8080, 80)]), taken('web'));
    await assert.rejects(plugIn(theirs, 0, stranger, 'stranger', [at('0.0.0.0', 8080, 80)]), taken('an environment behind isola0e0f'));
    await assert.rejects(plugIn(ours, 1, db, 'db', [at('127.0.0.1', 8085, 80), at('0.0.0.0', 8085, 81)]), taken('the same'));
    assert.deepEqual(
      plugged(ours).map(({ slot }) => slot),
      [0],
    );
    await plugIn(ours, 1, db, 'db', [at(addresses.host, 8080, 80)]);
    await assert.rejects(setPublish(ours, 1, [at('0.0.0.0', 8080, 80)]), taken('web'));
  });

  test('of two that are plugged at the same time with one host port, one gets it', async () => {
    const both = await Promise.allSettled([
      plugIn(ours, 0, web, 'web', [at('127.0.0.1', 8080, 80)]),
      plugIn(ours, 1, db, 'db', [at('127.0.0.1', 8080, 80)]),
    ]);
    const refused = both.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
    assert.deepEqual(refused, ['port-taken']);
    assert.equal(plugged(ours).length, 1);
    assert.equal(ask(host(), '127.0.0.1', 8080), `web ${ours.gateway}`);
  });

  test('what a program published that outlived its killed isola is withdrawn when another wants the port', async () => {
    sh('nft add element ip isola-0e0f published { tcp . 127.0.0.1 . 8080 : 10.20.0.99 . 80 }');
    await plugIn(ours, 0, web, 'web', [at('127.0.0.1', 8080, 80)]);
    assert.equal(ask(host(), '127.0.0.1', 8080), `web ${ours.gateway}`);
    sh('nft add element ip isola-0e0f published { tcp . 127.0.0.1 . 8081 : 10.20.0.99 . 80 }');
    await setPublish(ours, 0, [at('0.0.0.0', 8081, 80)]);
    assert.doesNotMatch(sh('nft list ruleset'), /10\.20\.0\.99/);
  });

  test('an address the host doesn’t have is refused', async () => {
    await assert.rejects(plugIn(ours, 0, web, 'web', [at('203.0.113.9', 8080, 80)]), { code: 'malformed-value' });
  });
});
