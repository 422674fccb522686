import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../../index.ts';
import { addressOf, lowerBridge, macOf, planBridge, plug, raiseBridge, repairBridge } from '../index.ts';
import { arp, ethernet, tagged, udp } from '../stage/frames.ts';
import { type Actor, environment, runtimeDirectory, setScene, sh, unfit } from '../stage/stage.ts';

describe('what an environment may send', { skip: unfit ?? false }, () => {
  const plan = planBridge('9a7d', '10.77.0.0/20', runtimeDirectory('9a7d'));
  const [mine, yours, third] = [0, 1, 2].map((n) => addressOf(plan.subnet, n)) as [Address, Address, Address];
  const ends = { fromMac: mine.mac, toMac: yours.mac };
  let me: Actor, you: Actor, bystander: Actor;
  type Address = ReturnType<typeof addressOf>;

  before(async () => {
    await setScene();
    await raiseBridge(plan);
    [me, you, bystander] = await Promise.all([environment(), environment(), environment()]);
    for (const [slot, actor] of [me, you, bystander].entries())
      await plug(plan, { slot, pid: actor.pid, ip: addressOf(plan.subnet, slot).ip, names: [`e${slot}`], publish: [], rateBits: null });
  });
  after(() => lowerBridge(plan));

  /** Which of the frames arrive at the neighbour, by their keys. A last, honest one must. */
  const arriving = async (frames: Record<string, (payload: string) => string>, at = you): Promise<string[]> => {
    const keys = Object.keys(frames);
    const mark = (index: number): string => `facade${index.toString(16).padStart(4, '0')}`;
    const sniffer = await at.play('sniff', 'eth0', 60);
    me.probe('frame', 'eth0', ...keys.map((key, index) => frames[key]!(mark(index))));
    await until(() => sniffer.seen().includes(mark(keys.length - 1)), 60_000);
    await sniffer.end();
    return keys.filter((_, index) => sniffer.seen().includes(mark(index)));
  };

  const everybody = { ...ends, toMac: 'ff:ff:ff:ff:ff:ff' };
  const packet = (mark: string): string => udp(mine.ip, yours.ip, 4000, 4001, mark);
  const own = {
    'a packet': (mark: string) => ethernet(ends, 0x0800, packet(mark)),
    'an ARP question': (mark: string) => ethernet(everybody, 0x0806, arp(1, mine.mac, mine.ip, yours.ip, mark)),
  };
  const forged = {
    'another’s address': (mark: string) => ethernet(ends, 0x0800, udp(third.ip, yours.ip, 4000, 4001, mark)),
    'the gateway’s address': (mark: string) => ethernet(ends, 0x0800, udp(plan.gateway, yours.ip, 53, 4001, mark)),
    'the unspecified address': (mark: string) => ethernet(ends, 0x0800, udp('0.0.0.0', yours.ip, 68, 67, mark)),
    'another’s MAC': (mark: string) => ethernet({ ...ends, fromMac: third.mac }, 0x0800, packet(mark)),
    'another’s both': (mark: string) => ethernet({ ...ends, fromMac: third.mac }, 0x0800, udp(third.ip, yours.ip, 4000, 4001, mark)),
    'ARP for another’s address': (mark: string) => ethernet(ends, 0x0806, arp(2, mine.mac, third.ip, yours.ip, mark)),
    'ARP for the gateway': (mark: string) => ethernet(ends, 0x0806, arp(2, mine.mac, plan.gateway, yours.ip, mark)),
    'ARP with another’s MAC inside': (mark: string) => ethernet(ends, 0x0806, arp(2, third.mac, mine.ip, yours.ip, mark)),
    'ARP in another’s frame': (mark: string) =>
      ethernet({ ...ends, fromMac: third.mac }, 0x0806, arp(2, mine.mac, mine.ip, yours.ip, mark)),
  };
  const foreign = {
    IPv6: (mark: string) => ethernet(ends, 0x86dd, `6000000000053b40${'00'.repeat(32)}${mark}`),
    'a VLAN tag': (mark: string) => tagged(ends, 5, 0x0800, packet(mark)),
    'the VLAN tag of priorities': (mark: string) => tagged(ends, 0, 0x0800, packet(mark)),
    'LLDP’s type to everybody': (mark: string) => ethernet(everybody, 0x88cc, mark),
    'a DHCP server': (mark: string) => ethernet(ends, 0x0800, udp(mine.ip, yours.ip, 67, 68, mark)),
  };

  test('frames with its own addresses arrive', async () => {
    assert.deepEqual(await arriving(own), Object.keys(own));
  });

  test('forged addresses are dropped', async () => {
    assert.deepEqual(await arriving({ ...forged, ...own }), Object.keys(own));
  });

  test('nothing but plain IPv4 and ARP passes, and no answers of a DHCP server', async () => {
    assert.deepEqual(await arriving({ ...foreign, ...own }), Object.keys(own));
  });

  test('it is the guard that drops them: a bridge without it carries every one', async () => {
    sh(`nft flush chain bridge ${plan.table} prerouting`);
    const all = { ...forged, ...foreign, ...own };
    assert.deepEqual(await arriving(all), Object.keys(all));
    await repairBridge(plan);
    assert.deepEqual(await arriving({ ...forged, ...foreign, ...own }), Object.keys(own));
  });

  test('a frame for a neighbour is not seen by the others, though that one be silent for the rest of its life', async () => {
    const toSilent = (mark: string): string => ethernet({ ...ends, toMac: silent.mac }, 0x0800, udp(mine.ip, silent.ip, 4000, 4001, mark));
    const silent = addressOf(plan.subnet, 3);
    const actor = await environment();
    await plug(plan, { slot: 3, pid: actor.pid, ip: silent.ip, names: ['silent'], publish: [], rateBits: null });
    me.probe('ask', 'udp', silent.ip, 4001);
    const { 'an ARP question': toEverybody } = own;
    assert.deepEqual(await arriving({ secret: toSilent, heard: toEverybody }, bystander), ['heard']);
    assert.deepEqual(await arriving({ secret: toSilent }, actor), ['secret']);
    assert.match(sh(`ip -d link show ${plan.link}`), /ageing_time 100000000 /);
  });

  test('an environment that gives itself another address is cut off until it takes its own again', () => {
    const reach = (): string => me.sh(`busybox ping -c1 -W1 ${yours.ip} >/dev/null && echo reached || echo silent`).trim();
    me.sh(`ip addr flush dev eth0; ip addr add ${addressOf(plan.subnet, 9).ip}/20 dev eth0`);
    assert.equal(reach(), 'silent');
    me.sh(`ip addr flush dev eth0; ip addr add ${mine.ip}/20 dev eth0; ip link set eth0 address ${macOf('10.0.0.9')}`);
    assert.equal(reach(), 'silent');
    me.sh(`ip link set eth0 address ${mine.mac}`);
    assert.equal(reach(), 'reached');
  });
});
