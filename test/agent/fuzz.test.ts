/** Both sides against a partner that lies. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { guest } from '../../fuzz/agent/guest.ts';
import { fuzz, mutate, pick, randomFrom } from '../../fuzz/mutation.ts';
import { AgentSession } from '../../src/agent/index.ts';
import { encodeFrame, encodeNumbers, encodeOrder, fromHost, subjects } from '../../src/agent/wire.ts';
import { guestSources } from '../../tools/build-guest.ts';
import { patienceMs } from '../stage/patience.ts';
import { behindRelay, order, type RealAgent, text } from './real-agent.ts';

test('a second of lying guests finds nothing in isola’s side', () => {
  fuzz('guest', guest, 1, 1);
});

const sanitized = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g', '-O1'];

const whyNot = (): string | false => {
  if (process.getuid?.() !== 0) return 'the agent changes its root, which takes root';
  if (!existsSync('/bin/busybox')) return 'busybox-static is not installed';
  const compiled = spawnSync('gcc', [...sanitized, '-x', 'c', '-', '-o', '/dev/null'], { input: 'int main(void) { return 0; }' });
  return compiled.status === 0 ? false : 'gcc has no address sanitizer here';
};

const words = [
  encodeFrame(fromHost.open, 1, encodeOrder(order(['cat']))),
  encodeFrame(fromHost.open, 2, encodeOrder(order(['sh', '-c', 'yes'], { terminal: { columns: 80, rows: 24 } }))),
  encodeFrame(fromHost.open, 3, encodeOrder(order(['true'], { user: 'nobody:nogroup', env: { A: 'b' } }))),
  encodeFrame(fromHost.data, 1, Buffer.alloc(3000, 'x')),
  encodeFrame(fromHost.data, 2, Buffer.from('typed\r')),
  encodeFrame(fromHost.end, 1, new Uint8Array()),
  encodeFrame(fromHost.signal, 2, encodeNumbers([15, 1])),
  encodeFrame(fromHost.size, 2, encodeNumbers([10, 2], [10, 2])),
  encodeFrame(fromHost.grant, 2, encodeNumbers([40_000, 4])),
  encodeFrame(fromHost.close, 2, new Uint8Array()),
  encodeFrame(fromHost.ask, 0, encodeNumbers([subjects.stats, 1])),
].map((word) => Buffer.from(word));

/** What must not be carried out on the machine of whoever runs this. */
const isHarmless = (bytes: Uint8Array): boolean => {
  for (let at = 0; at + 9 <= bytes.length; at++)
    if (bytes[at] === 0xa9 && bytes[at + 1] === fromHost.ask && bytes[at + 8] !== subjects.stats) return false;
  return true;
};

suite('the agent and its relay, against a client that lies', { skip: whyNot(), timeout: patienceMs }, () => {
  let folder: string;
  let agent: RealAgent;
  let complaints = '';

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'isola-agent-fuzz-'));
    mkdirSync(join(folder, 'root/bin'), { recursive: true });
    for (const name of ['sh', 'cat', 'true', 'yes']) copyFileSync('/bin/busybox', join(folder, 'root/bin', name));
    for (const name of ['agent', 'relay'] as const)
      execFileSync('gcc', ['-std=gnu11', ...sanitized, '-o', join(folder, name), ...guestSources(name)]);
    const line = [join(folder, 'agent'), '3', '--root', join(folder, 'root')];
    agent = await behindRelay(line, { relay: join(folder, 'relay'), output: 'pipe' });
    agent.relay.stderr?.on('data', (chunk: Buffer) => {
      complaints += chunk.toString();
    });
  });
  after(async () => {
    await agent[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test('does nothing it must not, by the sanitizers’ word, and serves the next one', async () => {
    const line = await connected(agent.path);
    line.resume();
    const seed = Date.now() % 100_000;
    const random = randomFrom(seed);
    const ended = once(agent.relay, 'exit');
    const end = performance.now() + 3000;
    for (let round = 0; performance.now() < end && agent.relay.exitCode === null; round++) {
      const said = mutate(random, Buffer.concat(Array.from({ length: 1 + random(10) }, () => pick(random, words))), words);
      if (isHarmless(said) && !line.write(said)) await Promise.race([once(line, 'drain'), ended]);
      if (round % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.equal(complaints, '', `seed ${seed}`);
    assert.equal(agent.relay.exitCode, null, `seed ${seed}: it ended`);
    await untilItBeginsAnew(line);
    const next = await connected(agent.path);
    const session = new AgentSession({ input: next, write: (bytes) => void next.write(bytes) });
    const running = await session.start(order(['cat']));
    await running.stdin.write(Buffer.from('well'));
    await running.stdin.end();
    assert.equal(await text(running.stdout), 'well');
    next.destroy();
    assert.equal(complaints, '', `seed ${seed}`);
  });
});

const connected = async (path: string): Promise<Socket> => {
  const socket = createConnection(path);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
};

/** Completes or breaks whatever half frame it waits for, until it greets. */
const untilItBeginsAnew = async (line: Socket): Promise<void> => {
  let heard = '';
  line.on('data', (chunk: Buffer) => {
    heard = (heard + chunk.toString('latin1')).slice(-100_000);
  });
  while (!heard.includes('<isola agent')) {
    line.write(Buffer.alloc(65_536));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
