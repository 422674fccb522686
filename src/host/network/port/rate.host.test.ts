import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { until } from '../../index.ts';
import { addressOf, lowerBridge, planBridge, plug, portUse, raiseBridge, setRate } from '../index.ts';
import { ip, linkExists } from '../programs/iproute.ts';
import { type Actor, addresses, environment, runtimeDirectory, setScene, sh, unfit } from '../stage/stage.ts';
import { explain } from './rate.ts';

const missing = unfit ?? (existsSync('/usr/bin/iperf3') ? false : 'needs /usr/bin/iperf3');

describe('a network rate', { skip: missing }, () => {
  const plan = planBridge('5ca1', '10.50.0.0/20', runtimeDirectory('5ca1'));
  let world: Actor;
  let web: Actor;
  let db: Actor;

  before(async () => {
    world = await setScene();
    await raiseBridge(plan);
    [web, db] = await Promise.all([environment(), environment()]);
    await plug(plan, { slot: 0, pid: web.pid, ip: '10.50.0.2', names: ['web'], publish: [], rateBits: 50_000_000 });
    await plug(plan, { slot: 1, pid: db.pid, ip: addressOf(plan.subnet, 1).ip, names: ['db'], publish: [], rateBits: null });
    for (const actor of [db, world]) {
      actor.start('iperf3', '-s');
      assert.ok(await until(() => actor.sh('ss -Hltn sport = :5201') !== '', 60_000));
    }
  });

  /** Millions of bits per second that arrive, by iperf3's own count of payload. */
  const measure = (address: string, ...words: string[]): number => {
    const report = JSON.parse(web.sh(`iperf3 -J -t 1.5 -c ${address} ${words.join(' ')}`));
    return report.end.sum_received.bits_per_second / 1e6;
  };
  /** Never more, and nearly as much: if not at once, for others are at work on this host, then at the third time. */
  const isHeld = (limit: number, ...how: Parameters<typeof measure>): void => {
    const rates: number[] = [];
    while (rates.length < 3 && !rates.some((rate) => rate > limit * 0.9)) rates.push(measure(...how));
    assert.ok(rates.every((rate) => rate <= limit) && rates.some((rate) => rate > limit * 0.9), `${rates.join(', ')} of ${limit} Mbit/s`);
  };

  test('of 50 Mbit/s holds each way, to neighbours and to the outside', () => {
    for (const address of ['10.50.0.3', addresses.world]) {
      isHeld(50, address);
      isHeld(50, address, '-R');
    }
  });

  test('counts how often it made traffic wait, and the unlimited don’t', async () => {
    assert.ok(((await portUse(plan, 0))?.hits ?? 0) > 100);
    assert.equal((await portUse(plan, 1))?.hits, null);
  });

  test('changes while it runs, twice in a row too, and can be lifted', async () => {
    await setRate(plan, 0, 20_000_000);
    await setRate(plan, 0, 20_000_000);
    isHeld(20, '10.50.0.3');
    isHeld(20, '10.50.0.3', '-R');
    await setRate(plan, 0, null);
    await setRate(plan, 0, null);
    assert.ok(measure('10.50.0.3') > 200);
    assert.ok(measure('10.50.0.3', '-R') > 200);
    assert.equal(linkExists('ib5ca10'), false);
    assert.doesNotMatch(sh('tc qdisc show'), /tbf|ingress/);
  });

  test('is refused with its reason where the kernel has no such links', async () => {
    const refused = ip(['link add ib5ca1f type nosuch']).catch(explain);
    await assert.rejects(refused, { code: 'limit-unsupported', message: /Unknown device type/ });
    const other = ip(['link add ib5ca1f type ifb', 'link add ib5ca1f type ifb']).catch(explain);
    await assert.rejects(other, { code: 'host-command-failed', message: /File exists/ });
  });

  test('can be set on what had none', async () => {
    await setRate(plan, 0, 30_000_000);
    isHeld(30, '10.50.0.3');
    await lowerBridge(plan);
    assert.equal(linkExists('ib5ca10'), false);
  });
});
