import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addresses, setScene, sh, unfit } from '../stage/stage.ts';
import { chooseSubnet } from './choice.ts';
import { overlap, parseNetwork } from './ipv4.ts';
import { addressOf, checkAddress, gatewayOf, macOf } from './subnet.ts';

const outside = { code: 'address-outside' };

test('the gateway has the first address of a subnet, environments those behind it up to the broadcast address', () => {
  assert.equal(gatewayOf('10.1.16.0/20'), '10.1.16.1');
  assert.deepEqual(addressOf('10.1.16.0/20', 0), { ip: '10.1.16.2', prefix: 20, gateway: '10.1.16.1', mac: '02:69:0a:01:10:02' });
  assert.equal(addressOf('10.1.16.0/20', 254).ip, '10.1.17.0');
  assert.equal(addressOf('10.1.16.0/20', 4092).ip, '10.1.31.254');
  assert.throws(() => addressOf('10.1.16.0/20', 4093), { code: 'exhausted' });
});

test('an address asked for must be one of those', () => {
  assert.deepEqual(checkAddress('10.1.16.0/20', '10.1.20.7'), addressOf('10.1.16.0/20', 4 * 256 + 7 - 2));
  for (const ip of ['10.1.16.0', '10.1.16.1', '10.1.31.255', '10.1.32.5', '10.1.15.9', '300.1.1.1', '10.1.16', 'ten'])
    assert.throws(() => checkAddress('10.1.16.0/20', ip), outside, ip);
});

test('a MAC follows from the address, is locally administered and of one station', () => {
  assert.equal(macOf('10.255.0.17'), '02:69:0a:ff:00:11');
  assert.equal(Number.parseInt(macOf('10.255.0.17').slice(0, 2), 16) & 3, 2);
});

test('networks overlap where they share an address', () => {
  const [wide, narrow, other] = ['10.0.0.0/8', '10.1.16.0/20', '10.1.32.0/20'].map((text) => parseNetwork(text)!);
  assert.equal(overlap(wide!, narrow!), true);
  assert.equal(overlap(narrow!, wide!), true);
  assert.equal(overlap(narrow!, other!), false);
  assert.equal(parseNetwork('10.1.2.3/33'), undefined);
  assert.equal(parseNetwork('default'), undefined);
});

describe('a new subnet', { skip: unfit ?? false }, () => {
  test('is one no address, route, gateway or name server of the host is in, whatever the table', async () => {
    await setScene();
    assert.equal(await chooseSubnet('0012'), '10.1.32.0/20');
    assert.equal(await chooseSubnet('0012'), '10.1.32.0/20', 'the same again while nothing changed');
    sh('ip addr add 10.1.33.1/24 dev up0');
    assert.equal(await chooseSubnet('0012'), '10.1.48.0/20');
    sh('ip route add 10.1.50.0/24 via 192.0.2.2 table 77');
    assert.equal(await chooseSubnet('0012'), '10.1.64.0/20');
    sh('ip route add 203.0.113.0/24 via 10.1.70.1 dev up0 onlink');
    assert.equal(await chooseSubnet('0012'), '10.1.80.0/20');
    sh('echo nameserver 10.1.95.9 >/run/resolv.conf');
    assert.equal(await chooseSubnet('0012'), '10.1.96.0/20');
    sh('ip route add unreachable 10.1.96.0/19');
    assert.equal(await chooseSubnet('0012'), '10.1.128.0/20');
  });

  test('is not kept from 10.0.0.0/8 by a default route in halves, but by a route for all of it', async () => {
    sh(`ip route add 0.0.0.0/1 via ${addresses.world}; ip route add 128.0.0.0/1 via ${addresses.world}`);
    assert.equal(await chooseSubnet('0fff'), '10.255.240.0/20');
    sh(`ip route add 10.0.0.0/8 via ${addresses.world}`);
    assert.equal(await chooseSubnet('0fff'), '172.31.240.0/20');
    sh(`ip route add 172.16.0.0/12 via ${addresses.world}`);
    assert.equal(await chooseSubnet('0fff'), '192.168.240.0/20');
    sh(`ip route add 192.168.0.0/16 via ${addresses.world}`);
    await assert.rejects(chooseSubnet('0fff'), { code: 'exhausted' });
  });
});
