import assert from 'node:assert/strict';
import { type Chapter, clause } from '../clause.ts';

export const console: Chapter = {
  title: 'What the first process prints',
  clauses: [
    clause('logs show both streams, whole lines, and the last few', ['launch', 'logs', 'wait'], async (on) => {
      const script = 'printf "one\\ntwo\\n"; printf "part"; sleep 0.2; echo "ial"; echo three >&2; exec sleep 1000';
      await on.ok('launch', on.image, 'chatty', '--', 'sh', '-c', script);
      await on.ok('wait', 'chatty', '--for', 'log:/partial/', '--timeout', '2m');
      await on.ok('wait', 'chatty', '--for', 'log:/three/', '--timeout', '2m');
      const told = await on.isola('logs', 'chatty');
      assert.deepEqual([told.stdout, told.stderr], ['one\ntwo\npartial\n', 'three\n']);
      assert.equal((await on.isola('logs', '-n', '2', 'chatty')).stdout, 'partial\n');
      assert.match((await on.isola('logs', '--timestamps', '-n', '1', 'chatty')).stderr, /^20\d\d-\d\d-\d\dT[\d:.]+Z three\n$/);
    }),

    clause('logs -f goes on until it ends, and logs stay after that', ['logs', 'launch'], async (on) => {
      await on.ok('launch', on.image, 'counting', '--', 'sh', '-c', 'for i in 1 2 3; do echo $i; sleep 0.2; done');
      assert.equal(await on.ok('logs', '-f', 'counting'), '1\n2\n3\n');
      assert.equal(await on.ok('logs', 'counting'), '1\n2\n3\n');
    }),

    clause('console shows what is printed while somebody looks, and leaves it running', ['console', 'list'], async (on) => {
      await on.ok('launch', on.image, 'clock', '--', 'sh', '-c', 'while :; do echo tick; sleep 0.05; done');
      const box = await (await on.library()).get('clock');
      let shown = '';
      {
        await using attached = await box.console({ size: { columns: 80, rows: 24 }, signal: AbortSignal.timeout(120_000) });
        for await (const chunk of attached) {
          shown += Buffer.from(chunk).toString();
          if (shown.split('tick').length > 3) break;
        }
      }
      assert.match(shown, /tick\r?\n/);
      // Standard input that ends is who looks leaving.
      assert.equal((await on.tell(['console', 'clock'], { input: '' })).code, 0);
      assert.equal(await on.phase('clock'), 'running');
    }),
  ],
};
