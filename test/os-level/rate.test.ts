/** The rate of the network, set at creation and changed while it runs: by how long a file takes. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import type { UsageRow } from '../../src/environment/command/index.ts';
import { stage, whyNot } from '../stage/stage.ts';

suite('the rate of the network', { skip: (await whyNot('os-level')) ?? false }, () => {
  const here = stage();
  before(async () => {
    await here.ok('launch', '--hold', 'busybox', 'server');
    await here.ok('launch', '--hold', '--net-rate', '8M', 'busybox', 've');
    const serve = 'mkdir /www && head -c 4000000 /dev/zero > /www/file && httpd -h /www';
    for (const name of ['server', 've']) await here.ok('exec', name, '--', 'sh', '-c', serve);
  });

  /** Seconds that 4 MB take to come in, or to go out. */
  const seconds = async (direction: 'in' | 'out'): Promise<number> => {
    const [to, from] = direction === 'in' ? ['ve', 'server'] : ['server', 've'];
    const start = performance.now();
    await here.ok('exec', to, '--', 'wget', '-q', '-O', '/dev/null', `http://${from}/file`);
    return (performance.now() - start) / 1000;
  };

  test('8 Mbit/s let 4 MB through in four seconds, in and out; what was held back is counted', async () => {
    for (const direction of ['in', 'out'] as const) {
      const took = await seconds(direction);
      assert.ok(took > 3, `${direction}: ${took} s`);
    }
    const [usage] = await here.data<UsageRow[]>('stats', 've');
    assert.ok((usage?.network?.hits ?? 0) > 0 && (usage?.network?.receivedBytes ?? 0) > 4e6 && (usage?.network?.sentBytes ?? 0) > 4e6);
  });

  test('lifted while it runs, they take no longer than the wire', async () => {
    await here.ok('set', 've', '--net-rate', 'none');
    // If not at once, for others are at work on this host, then at the third time.
    const took: number[] = [];
    while (took.length < 3 && !took.some((one) => one < 3)) took.push(await seconds('in'));
    assert.ok(
      took.some((one) => one < 3),
      `${took.join(', ')} s`,
    );
    await here.ok('delete', '--force', 've', 'server');
  });
});
