import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import { afterEach, before, describe, test } from 'node:test';
import { until } from '../../index.ts';
import { addressOf, leftovers, lowerBridge, planBridge, plug, plugged, raiseBridge, repairBridge, unplug } from '../index.ts';
import { readSysctl, writeSysctl } from '../programs/iproute.ts';
import { act } from '../stage/act.ts';
import { type Actor, addresses, environment, host, runtimeDirectory, setScene, sh, unfit } from '../stage/stage.ts';
import { serversOf } from './dnsmasq.ts';
import { firewallNotes } from './firewall.ts';

const ours = planBridge('0e0f', '10.20.0.0/20', runtimeDirectory('0e0f'));
const theirs = planBridge('7777', '10.30.0.0/20', runtimeDirectory('7777'));
let world: Actor;
let web: Actor;
let stranger: Actor;

const plugIn = (plan: typeof ours, actor: Actor, name: string): Promise<void> =>
  plug(plan, { slot: 0, pid: actor.pid, ip: addressOf(plan.subnet, 0).ip, names: [name], publish: [], rateBits: null });
const forwarding = (): string | undefined => readSysctl('net/ipv4/ip_forward');
/** Everything of the network namespace that a bridge could leave. */
/** But for whether a cable was seen to be plugged in yet, which the kernel notes when it has time. */
const traces = (): string =>
  sh(
    'ip -o link | sed "s/.*: \\(.*\\): .*/\\1/"; ip -4 route show table all | sed "s/ linkdown//"; nft list ruleset; find /run/isola -type f',
  );
const ask = (actor: Actor, address: string, port: number): string => actor.probe('ask', 'tcp', address, port);

describe('a bridge', { skip: unfit ?? false }, () => {
  before(async () => {
    world = await setScene();
    [web, stranger] = await Promise.all([environment(), environment()]);
    await web.play('serve', 'tcp', '0.0.0.0', 80, 'web');
  });
  afterEach(async () => {
    await lowerBridge(ours);
    await lowerBridge(theirs);
    writeSysctl('net/ipv4/ip_forward', '0');
  });

  test('comes up, comes up again without effect, and goes without a trace', async () => {
    const untouched = traces();
    await raiseBridge(ours);
    const [link] = JSON.parse(sh('ip -j address show isola0e0f'));
    assert.deepEqual([link.operstate, link.addr_info[0].local, link.address], ['DOWN', '10.20.0.1', '02:69:0a:14:00:01']);
    assert.equal(forwarding(), '1');
    const raised = traces();
    const servers = serversOf(ours);
    await raiseBridge(ours);
    await repairBridge(ours);
    assert.equal(traces(), raised);
    assert.deepEqual(serversOf(ours), servers);
    await plugIn(ours, web, 'web');
    await lowerBridge(ours);
    await lowerBridge(ours);
    assert.equal(traces(), untouched);
    assert.equal(forwarding(), '0');
    assert.deepEqual(await leftovers(ours), []);
    assert.equal(existsSync(ours.directory), false);
  });

  test('lists what is there of it', async () => {
    await raiseBridge(ours);
    await plugIn(ours, web, 'web');
    const found = (await leftovers(ours)).map((line) => line.replace(/process \d+/, 'process N').replace(`${ours.directory}/`, ''));
    assert.deepEqual(found.toSorted(), [
      'dnsmasq, process N',
      'file dnsmasq.pid',
      'file hosts/0',
      'file hosts/gateway',
      'file ports/0',
      'link is0e0f0',
      'link isola0e0f',
      'nftables table bridge isola-0e0f',
      'nftables table ip isola-0e0f',
    ]);
  });

  test('gets its name server back when that was killed', async () => {
    await raiseBridge(ours);
    const [server] = serversOf(ours);
    process.kill(server!, 'SIGKILL');
    assert.ok(await until(() => serversOf(ours).length === 0, 60_000));
    await raiseBridge(ours);
    assert.equal(serversOf(ours).length, 1);
    assert.equal(host().probe('name', ours.gateway, '_gateway'), ours.gateway);
  });

  test('replaces a name server whose process id was never written down', async () => {
    await raiseBridge(ours);
    const [before] = serversOf(ours);
    sh(`rm ${ours.directory}/dnsmasq.pid`);
    await raiseBridge(ours);
    const now = serversOf(ours);
    assert.equal(now.length, 1);
    assert.notEqual(now[0], before);
  });

  test('gets its rules back after nft flush ruleset, by the next plug or by repair', async () => {
    await raiseBridge(ours);
    await plugIn(ours, web, 'web');
    const rules = sh('nft list ruleset');
    sh('nft flush ruleset');
    await repairBridge(ours);
    assert.equal(sh('nft list ruleset'), rules);
    sh('nft flush ruleset');
    await unplug(ours, 0);
    await plugIn(ours, web, 'web');
    assert.equal(sh('nft list ruleset'), rules);
  });

  test('gets everything back when its link was deleted', async () => {
    await raiseBridge(ours);
    await plugIn(ours, web, 'web');
    sh('ip link del isola0e0f; ip link del is0e0f0');
    await raiseBridge(ours);
    assert.deepEqual(plugged(ours), []);
    await plugIn(ours, web, 'web');
    assert.equal(web.probe('name', ours.gateway, 'web'), '10.20.0.2');
  });

  test('keeps environments from the host’s loopback services, not from those on every address', async () => {
    await raiseBridge(ours);
    await plugIn(ours, web, 'web');
    const actor = host();
    await actor.play('serve', 'tcp', '127.0.0.1', 7001, 'private');
    await actor.play('serve', 'udp', '127.0.0.1', 7001, 'private');
    await actor.play('serve', 'tcp', '0.0.0.0', 7002, 'public');
    web.sh(
      'ip link set lo down; ip route add 127.0.0.0/8 via 10.20.0.1; echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet; ip addr del 127.0.0.1/8 dev lo',
    );
    assert.equal(web.probe('ask', 'tcp', '127.0.0.1', 7001, '10.20.0.2'), 'silent');
    assert.equal(web.probe('ask', 'udp', '127.0.0.1', 7001, '10.20.0.2'), 'silent');
    assert.equal(ask(web, ours.gateway, 7001), 'refused');
    for (const address of [ours.gateway, addresses.host]) assert.equal(ask(web, address, 7002), 'public 10.20.0.2');
    // Without the rule the way would be open: the test can fail.
    sh('nft flush chain ip isola-0e0f loopback');
    assert.equal(web.probe('ask', 'tcp', '127.0.0.1', 7001, '10.20.0.2'), 'private 10.20.0.2');
    web.sh('ip route del 127.0.0.0/8; ip addr add 127.0.0.1/8 dev lo; ip link set lo up');
  });

  test('lets nobody in from outside but to published ports, and no stranger to its name server', async () => {
    await raiseBridge(ours);
    await plugIn(ours, web, 'web');
    world.sh('ip route replace 10.20.0.0/20 via 192.0.2.1');
    assert.equal(ask(host(), '10.20.0.2', 80), 'web 10.20.0.1');
    assert.equal(ask(world, '10.20.0.2', 80), 'silent');
    assert.equal(world.probe('name', ours.gateway, 'web'), 'silent');
    sh('nft flush chain ip isola-0e0f forward; nft flush chain ip isola-0e0f input');
    assert.equal(ask(world, '10.20.0.2', 80), 'web 192.0.2.2');
    assert.equal(world.probe('name', ours.gateway, 'web'), '10.20.0.2');
    world.sh('ip route del 10.20.0.0/20');
  });

  test('is apart from the bridge of another store', async () => {
    await raiseBridge(ours);
    await raiseBridge(theirs);
    await plugIn(ours, web, 'web');
    await plugIn(theirs, stranger, 'stranger');
    assert.equal(ask(stranger, '10.20.0.2', 80), 'silent');
    assert.equal(stranger.probe('name', theirs.gateway, 'web'), 'no such name');
    assert.equal(stranger.probe('name', ours.gateway, 'web'), 'silent');
    await lowerBridge(theirs);
    assert.equal(web.probe('name', ours.gateway, 'web'), '10.20.0.2');
    assert.deepEqual(await leftovers(theirs), []);
  });

  test('the last of two stores turns forwarding off, whichever that is', async () => {
    for (const [first, second] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      await raiseBridge(ours);
      await raiseBridge(theirs);
      await lowerBridge(first);
      assert.equal(forwarding(), '1');
      await lowerBridge(second);
      assert.equal(forwarding(), '0');
    }
  });

  test('leaves forwarding on where it was on before, and where others have bridges by now', async () => {
    writeSysctl('net/ipv4/ip_forward', '1');
    await raiseBridge(ours);
    await lowerBridge(ours);
    assert.equal(forwarding(), '1');
    writeSysctl('net/ipv4/ip_forward', '0');
    await raiseBridge(ours);
    sh('ip link add docker0 type bridge');
    await lowerBridge(ours);
    assert.equal(forwarding(), '1');
    sh('ip link del docker0');
  });

  test('is refused with a clear word where a program is missing', async (t) => {
    const path = process.env['PATH'] ?? '';
    t.after(() => (process.env['PATH'] = path));
    const programs = ['ip', 'nft', 'nsenter', 'ss', 'dnsmasq'];
    sh(`mkdir /run/few; for program in ${programs.join(' ')}; do ln -s "$(command -v $program)" /run/few; done`);
    process.env['PATH'] = '/run/few';
    for (const program of programs) {
      renameSync(`/run/few/${program}`, '/run/few/hidden');
      await assert.rejects(raiseBridge(ours), { code: 'program-missing', message: `this host has no program ${program}` });
      renameSync('/run/few/hidden', `/run/few/${program}`);
    }
    process.env['PATH'] = path;
    assert.deepEqual(await leftovers(ours), []);
  });

  test('is refused where another name server holds its port, with that one’s name', async () => {
    const other = await host().play('serve', 'tcp', '0.0.0.0', 53, 'other');
    await assert.rejects(raiseBridge(ours), { code: 'port-taken', message: /port 53 of 10.20.0.1 is taken by python3 \(process \d+\)/ });
    await other.end();
  });

  test('its name server can read names in spite of a strict umask', async (t) => {
    const umask = process.umask(0o077);
    t.after(() => process.umask(umask));
    await raiseBridge(ours);
    await plugIn(ours, web, 'web');
    assert.equal(web.probe('name', ours.gateway, 'web'), '10.20.0.2');
  });

  test('its name server leaves the control group of whoever started it', () => {
    const root = '/sys/fs/cgroup';
    const hierarchy = [root, ...readdirSync(root).map((name) => `${root}/${name}`)].find((path) => existsSync(`${path}/cgroup.procs`));
    const group = mkdtempSync(`${hierarchy}/isola-test-`);
    try {
      sh(`echo $$ >${group}/cgroup.procs; ${act('raise', ours)}`);
      assert.equal(serversOf(ours).length, 1);
    } finally {
      // Refused while a process is in it.
      rmdirSync(group);
    }
  });

  test('tells what the host’s own filter will stop', async () => {
    assert.deepEqual(await firewallNotes(), []);
    sh('nft "add table inet strict; add chain inet strict passing { type filter hook forward priority 0; policy drop; }"');
    const notes = await firewallNotes();
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /chain passing of the table inet strict/);
    sh('nft delete table inet strict');
  });
});
