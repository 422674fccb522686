/** The link between relay and agent, made worse: both are built with the sanitizers. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { guestSources } from '../../tools/build-guest.ts';
import { patienceMs } from '../stage/patience.ts';
import { behindRelay, order, type RealAgent, text } from './real-agent.ts';

const sanitized = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g', '-O1'];

const whyNot = (): string | false => {
  if (process.getuid?.() !== 0) return 'the agent changes its root, which takes root';
  const compiled = spawnSync('gcc', [...sanitized, '-x', 'c', '-', '-o', '/dev/null'], { input: 'int main(void) { return 0; }' });
  return compiled.status === 0 ? false : 'gcc has no address sanitizer here';
};

suite('the link', { skip: whyNot(), timeout: patienceMs }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'isola-link-'));
    for (const name of ['agent', 'relay'] as const)
      execFileSync('gcc', ['-std=gnu11', ...sanitized, '-o', join(folder, name), ...guestSources(name)]);
    execFileSync('gcc', ['-std=gnu11', '-O1', '-o', join(folder, 'worse-link'), join(import.meta.dirname, 'worse-link.c')]);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Of a thousand packets so many are lost, sent twice, mangled. */
  const worse = async (seed: number, lost: number, twice: number, mangled: number): Promise<{ agent: RealAgent; complaints(): string }> => {
    const line = [join(folder, 'worse-link'), ...[seed, lost, twice, mangled].map(String), join(folder, 'agent'), '3', '--root', '/'];
    const agent = await behindRelay(line, { relay: join(folder, 'relay'), output: 'pipe' });
    let said = '';
    agent.relay.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    return { agent, complaints: () => said };
  };

  test('loses and doubles no byte where one packet in ten is lost and one in ten comes twice', async () => {
    const seed = Date.now() % 100_000;
    const { agent, complaints } = await worse(seed, 100, 100, 0);
    await using _ = agent;
    const bytes = randomBytes(1_000_000);
    const running = await agent.session.start(order(['cat']));
    const hash = createHash('sha256');
    const reading = (async () => {
      for await (const chunk of running.stdout) hash.update(chunk);
    })();
    await running.stdin.write(bytes);
    await running.stdin.end();
    await Promise.all([reading, running.exit]);
    assert.equal(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'), `seed ${seed}`);
    assert.equal(complaints(), '', `seed ${seed}`);
  });

  test('survives packets that lie, on both sides', async () => {
    const seed = Date.now() % 100_000;
    const { agent, complaints } = await worse(seed, 20, 20, 100);
    await using _ = agent;
    const end = performance.now() + 4000;
    // What comes of it is anybody’s guess; that nothing crashes is not. Only what harms nobody is said: a mangled word is none of root’s.
    while (performance.now() < end && agent.relay.exitCode === null) {
      using client = await agent.connect();
      const ending = setTimeout(() => client.session.end(new Error('long enough')), 300);
      try {
        const running = await client.session.start(order(['cat'], { user: 'nobody' }));
        void running.stdin.write(randomBytes(50_000)).catch(() => {});
        running.exit.catch(() => {});
        await text(running.stdout);
      } catch {
        // Damage, or long enough.
      } finally {
        clearTimeout(ending);
      }
    }
    assert.equal(complaints(), '', `seed ${seed}`);
    assert.equal(agent.relay.exitCode, null, `seed ${seed}: it ended`);
  });
});
