import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { until } from '../../index.ts';
import {
  addressOf,
  bringUpLoopback,
  leftovers,
  lowerBridge,
  mostPorts,
  type Port,
  planBridge,
  plug,
  plugged,
  portLink,
  portUse,
  raiseBridge,
  rename,
  unplug,
} from '../index.ts';
import { type Actor, addresses, environment, host, runtimeDirectory, setScene, sh, unfit } from '../stage/stage.ts';

describe('a plugged environment', { skip: unfit ?? false }, () => {
  const plan = planBridge('a1b2', '10.9.16.0/20', runtimeDirectory('a1b2'));
  let world: Actor;
  let web: Actor;
  let db: Actor;
  const port = (slot: number, pid: number, names: readonly string[], more: Partial<Port> = {}): Port => ({
    slot,
    pid,
    names,
    ip: addressOf(plan.subnet, slot).ip,
    publish: [],
    rateBits: null,
    ...more,
  });

  before(async () => {
    world = await setScene();
    await raiseBridge(plan);
    [web, db] = await Promise.all([environment(), environment({ ownUsers: true })]);
  });
  after(() => lowerBridge(plan));
  afterEach(async () => {
    for (const { slot } of plugged(plan)) await unplug(plan, slot);
  });

  test('has its loopback, its address and a way out, also in a user namespace of its own', async () => {
    await plug(plan, port(0, web.pid, ['web']));
    await plug(plan, port(1, db.pid, ['db']));
    for (const [slot, actor] of [web, db].entries()) {
      const { ip, mac, prefix, gateway } = addressOf(plan.subnet, slot);
      const [loopback, cable] = JSON.parse(actor.sh('ip -j address'));
      assert.ok(loopback.flags.includes('UP'));
      assert.deepEqual([cable.ifname, cable.address, cable.operstate], ['eth0', mac, 'UP']);
      assert.deepEqual([cable.addr_info[0].local, cable.addr_info[0].prefixlen], [ip, prefix]);
      assert.match(actor.sh('ip route'), new RegExp(`default via ${gateway} dev eth0`));
    }
  });

  test('knows its gateway’s MAC without asking, and so uses up none of the host’s neighbours', async () => {
    await plug(plan, port(0, web.pid, ['web']));
    assert.match(web.sh('ip neigh'), /^10\.9\.16\.1 dev eth0 lladdr 02:69:0a:09:10:01 PERMANENT\s*$/);
    assert.match(web.sh('busybox ping -c1 -W1 10.9.16.1'), /1 packets received/);
  });

  test('reaches the outside as the host', async () => {
    await plug(plan, port(0, web.pid, ['web']));
    await world.play('serve', 'tcp', addresses.far, 80, 'far');
    assert.equal(web.probe('ask', 'tcp', addresses.far, 80), `far ${addresses.host}`);
  });

  test('is found by its names from everywhere on the bridge and from the host, until it is unplugged', async () => {
    const ask = (actor: Actor, ...words: string[]): string => actor.probe('name', plan.gateway, ...words);
    await plug(plan, port(0, web.pid, ['web', 'front']));
    await plug(plan, port(1, db.pid, ['db', 'db']));
    assert.equal(ask(web, 'db'), '10.9.16.3');
    assert.equal(ask(web, 'db.isola'), '10.9.16.3');
    assert.equal(ask(db, 'web'), '10.9.16.2');
    assert.equal(ask(db, 'front.isola'), '10.9.16.2');
    assert.equal(ask(host(), 'web'), '10.9.16.2');
    assert.equal(ask(web, '_gateway'), plan.gateway);
    assert.equal(ask(web, '3.16.9.10.in-addr.arpa', '12'), 'db.isola');
    assert.equal(ask(web, 'db', '28'), 'no data', 'IPv6 addresses are not asked of others');
    await unplug(plan, 1);
    assert.equal(ask(web, 'db'), 'no such name');
    assert.equal(ask(web, '3.16.9.10.in-addr.arpa', '12'), 'no such name');
  });

  test('other names are asked of the host’s own name servers', async () => {
    await plug(plan, port(0, web.pid, ['web']));
    assert.equal(web.probe('name', plan.gateway, 'www.far.example'), addresses.far);
    assert.equal(web.probe('name', plan.gateway, 'nobody.isola'), 'no such name');
  });

  test('answers to its new names at once, and no longer to the old', async () => {
    await plug(plan, port(0, web.pid, ['web']));
    await plug(plan, port(1, db.pid, ['db']));
    rename(plan, 1, ['database']);
    assert.equal(web.probe('name', plan.gateway, 'database'), '10.9.16.3');
    assert.equal(web.probe('name', plan.gateway, 'db'), 'no such name');
  });

  test('is replaced when its slot is plugged again', async () => {
    await plug(plan, port(0, web.pid, ['web']));
    await plug(plan, port(0, db.pid, ['db'], { ip: '10.9.16.77' }));
    assert.equal(db.probe('name', plan.gateway, 'db'), '10.9.16.77');
    assert.equal(db.probe('name', plan.gateway, 'web'), 'no such name');
    assert.doesNotMatch(web.sh('ip link'), /eth0/);
    assert.doesNotMatch(sh('nft list ruleset'), /10\.9\.16\.2\b/);
  });

  test('is still listed when it is gone and took its cable along, and unplugging clears the rest', async () => {
    const mayfly = await environment();
    await plug(plan, port(5, mayfly.pid, ['mayfly']));
    assert.deepEqual(plugged(plan), [{ slot: 5, link: portLink(plan, 5), wired: true }]);
    await mayfly.end();
    assert.ok(await until(() => plugged(plan)[0]?.wired === false, 60_000));
    await unplug(plan, 5);
    assert.deepEqual(plugged(plan), []);
    assert.doesNotMatch(sh('nft list ruleset'), /isa1b25/);
    await unplug(plan, 5);
  });

  test('counts bytes and packets as it sees them itself', async () => {
    await plug(plan, port(0, web.pid, ['web']));
    await plug(plan, port(1, db.pid, ['db']));
    web.sh('busybox ping -c3 -i0.1 -s1000 10.9.16.3');
    const inside = (): { readonly rx: { bytes: number }; readonly tx: { bytes: number } } =>
      JSON.parse(web.sh('ip -j -s link show eth0'))[0].stats64;
    // Systems send something now and then that nobody asked for: of a moment in which they didn't.
    let [earlier, use, later] = [inside(), await portUse(plan, 0), inside()];
    for (let tries = 0; !isDeepStrictEqual(earlier, later) && tries < 20; tries++)
      [earlier, use, later] = [inside(), await portUse(plan, 0), inside()];
    assert.deepEqual([use?.receivedBytes, use?.sentBytes, use?.hits], [later.rx.bytes, later.tx.bytes, null]);
    assert.ok(use && use.sentBytes > 3000 && use.sentPackets >= 3);
    assert.equal(await portUse(plan, 7), undefined);
  });

  test('leaves nothing when its process is not there', async () => {
    const before = await leftovers(plan);
    await assert.rejects(plug(plan, port(0, 2 ** 22 - 1, ['web'])), { code: 'host-command-failed' });
    assert.deepEqual(await leftovers(plan), before);
  });

  test(`number ${mostPorts + 1} is refused`, async () => {
    const links = Array.from({ length: mostPorts }, (_, slot) => `link add ${portLink(plan, slot + 100)} type veth peer name x${slot}`);
    sh(`ip -batch - <<'END'\n${links.join('\n')}\nEND`);
    await assert.rejects(plug(plan, port(0, web.pid, ['web'])), { code: 'exhausted' });
    await lowerBridge(plan);
    assert.deepEqual(await leftovers(plan), []);
    await raiseBridge(plan);
  });

  test('without a network has its loopback', async () => {
    await bringUpLoopback(db.pid);
    assert.match(db.sh('busybox ping -c1 -W1 127.0.0.1'), /1 packets received/);
  });
});
