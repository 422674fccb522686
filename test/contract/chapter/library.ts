import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type Chapter, clause } from '../clause.ts';

export const library: Chapter = {
  title: 'From a program',
  clauses: [
    clause('an environment lasts as long as its block, and exec answers with an object', ['launch', 'exec', 'delete'], async (on) => {
      const isola = await on.library();
      {
        await using box = await isola.create(on.image, { technique: on.technique, name: 'block', memory: '96M' });
        assert.deepEqual(await on.names(), ['block']);
        const { exitCode, stdout, stderr } = await box.exec(['sh', '-c', 'cat; echo err >&2; exit 3'], { stdin: 'given' });
        assert.deepEqual([exitCode, stdout, stderr], [3, 'given', 'err\n']);
        await assert.rejects(box.exec(['no-such-command']), { code: 'command-not-found' });
      }
      assert.deepEqual(await on.names(), []);
    }),

    clause('run answers as exec does', ['run'], async (on) => {
      const isola = await on.library();
      const { exitCode, stdout } = await isola.run(on.image, ['sh', '-c', 'cat; exit 2'], { technique: on.technique, stdin: 'fed' });
      assert.deepEqual([exitCode, stdout], [2, 'fed']);
    }),

    clause('a spawned command is talked to while it runs', ['exec'], async (on) => {
      const box = await (await on.library()).get(await on.shared());
      await using child = await box.spawn(['sh', '-c', 'while read line; do echo "<$line>"; done; exit 6']);
      const events = child[Symbol.asyncIterator]();
      for (const word of ['one', 'two']) {
        await child.write(`${word}\n`);
        const { value } = await events.next();
        assert.equal(value.type === 'stdout' && value.text, `<${word}>\n`);
      }
      await child.end();
      assert.equal((await child.exit).code, 6);
    }),

    clause('a command’s output comes as the bytes it is', ['exec'], async (on) => {
      const box = await (await on.library()).get(await on.shared());
      const bytes = randomBytes(1_000_000);
      const { stdoutBytes } = await box.exec(['cat'], { stdin: bytes });
      assert.ok(bytes.equals(stdoutBytes));
    }),

    clause('an AbortSignal ends a command, a run and a creation, and leaves nothing', ['exec', 'run', 'launch', 'list'], async (on) => {
      const isola = await on.library();
      const box = await isola.get(await on.shared());
      const { technique } = on;
      const aborted = { name: 'TimeoutError' };
      const soon = (ms: number) => AbortSignal.timeout(ms);
      await assert.rejects(box.exec(['sh', '-c', 'sleep 1001 & sleep 1002'], { signal: soon(300) }), aborted);
      await on.eventually(async () => !/sleep 100/.test((await box.exec(['ps'])).stdout));
      await assert.rejects(isola.run(on.image, ['sleep', '1004'], { technique, signal: soon(1500) }), aborted);
      await assert.rejects(isola.create(on.image, { technique, name: 'never', signal: soon(20) }), aborted);
      assert.deepEqual(await on.names(), []);
      assert.deepEqual((await isola.doctor()).leftovers, []);
    }),

    clause('files are written and read whole', ['exec'], async (on) => {
      const box = await (await on.library()).get(await on.shared());
      const bytes = randomBytes(200_000);
      await box.writeFile('/root/deep/er', bytes, { mode: 0o640 });
      assert.ok(bytes.equals(await box.readFile('/root/deep/er')));
      assert.equal((await box.exec(['stat', '-c', '%a %u', '/root/deep/er'])).stdout, '640 0\n');
      await assert.rejects(box.readFile('/no/such'), { code: 'no-such-path' });
    }),
  ],
};
