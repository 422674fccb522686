import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentDamage, AgentDiffers, AgentSession, GuestEnded, type Order, StartRefused } from './index.ts';
import { ChunkQueue } from './queue.ts';
import { encodeFrame, encodeNumbers, type Frame, FrameReader, fromAgent, fromHost, windowBytes } from './wire.ts';

/** A guest whose every word the test decides. */
class Guest {
  readonly heard: Frame[] = [];
  readonly #says = new ChunkQueue(() => {});
  readonly #reader = new FrameReader((frame) => this.heard.push(frame));
  readonly session = new AgentSession({ input: this.#says, write: (bytes) => this.#reader.write(bytes) });

  greet(version = 1): void {
    this.#says.push(Buffer.from(`\n<isola agent ${version}>\n`));
    this.say(fromAgent.hello, 0, encodeNumbers([version, 2]));
  }

  say(kind: number, channel: number, payload: Uint8Array = new Uint8Array()): void {
    this.#says.push(encodeFrame(kind, channel, payload));
  }

  hangUp(): void {
    this.#says.end();
  }

  /** Waits for a frame of that kind, and takes it. */
  async hear(kind: number): Promise<Frame> {
    for (let turn = 0; turn < 100; turn++) {
      const at = this.heard.findIndex((frame) => frame.kind === kind);
      if (at >= 0) return this.heard.splice(at, 1)[0] ?? assert.fail();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return assert.fail(`no frame of kind ${kind} was sent`);
  }
}

const order: Order = { command: ['true'], env: {}, workdir: '/', user: '0', terminal: undefined, tool: false };

const started = async (guest: Guest) => {
  guest.greet();
  const starting = guest.session.start(order);
  const { channel } = await guest.hear(fromHost.open);
  guest.say(fromAgent.started, channel, encodeNumbers([77, 4]));
  return { running: await starting, channel };
};

test('a guest of another version is told from ours', async () => {
  const guest = new Guest();
  guest.greet(2);
  await assert.rejects(guest.session.ready, (error) => error instanceof AgentDiffers && error.version === 2);
});

test('input waits for credit: no more than a window is ever under way', async () => {
  const guest = new Guest();
  const { running, channel } = await started(guest);
  const writing = running.stdin.write(new Uint8Array(windowBytes + 70_000));
  for (let sent = 0; sent < windowBytes; ) sent += (await guest.hear(fromHost.data)).payload.length;
  assert.deepEqual(guest.heard, []);
  guest.say(fromAgent.credit, channel, encodeNumbers([10_000, 4]));
  assert.equal((await guest.hear(fromHost.data)).payload.length, 10_000);
  guest.say(fromAgent.credit, channel, encodeNumbers([60_000, 4]));
  await writing;
});

test('output is granted anew as it is read', async () => {
  const guest = new Guest();
  const { running, channel } = await started(guest);
  for (let n = 0; n < 64; n++) guest.say(fromAgent.out, channel, new Uint8Array(windowBytes / 64));
  let bytes = 0;
  for await (const chunk of running.stdout) {
    bytes += chunk.length;
    if (bytes === windowBytes / 2) break;
  }
  assert.deepEqual([...(await guest.hear(fromHost.grant)).payload], [0, 0, 8, 0]);
});

test('a guest that sends more than it was granted ends its session, and says so to whoever reads', async () => {
  const guest = new Guest();
  const { running, channel } = await started(guest);
  for (let n = 0; n < 65; n++) guest.say(fromAgent.err, channel, new Uint8Array(windowBytes / 64));
  await assert.rejects(running.exit, /more than it was granted/);
  await assert.rejects(guest.session.start(order), AgentDamage);
});

for (const [what, lie] of Object.entries({
  'speaks on a channel nobody opened': (guest: Guest) => guest.say(fromAgent.out, 999, new Uint8Array(1)),
  'takes more input than it was sent': (guest: Guest, channel: number) => guest.say(fromAgent.credit, channel, encodeNumbers([1, 4])),
  'answers what nobody asked': (guest: Guest) => guest.say(fromAgent.answer, 0, encodeNumbers([1, 1], [0, 2])),
  'sends an unknown kind': (guest: Guest, channel: number) => guest.say(200, channel),
  'ends a command with half a status': (guest: Guest, channel: number) => guest.say(fromAgent.exit, channel, new Uint8Array(1)),
  'hangs up': (guest: Guest) => guest.hangUp(),
})) {
  test(`a guest that ${what} harms its own session and nothing else`, async () => {
    const guest = new Guest();
    const { running, channel } = await started(guest);
    lie(guest, channel);
    await assert.rejects(running.exit, AgentDamage);
    await assert.rejects(async () => {
      for await (const _ of running.stdout);
    }, AgentDamage);
  });
}

test('a refusal tells where the start failed, and frees the channel', async () => {
  const guest = new Guest();
  guest.greet();
  const starting = guest.session.start(order);
  const { channel } = await guest.hear(fromHost.open);
  guest.say(fromAgent.refused, channel, encodeNumbers([3, 1], [2, 2]));
  await assert.rejects(starting, (error) => error instanceof StartRefused && error.stage === 'user' && error.errno === 2);
});

test('a guest that has ended says why, to whoever waits for anything', async () => {
  const guest = new Guest();
  const { running } = await started(guest);
  guest.say(fromAgent.over, 0, Buffer.from('the machine has ended'));
  const isWhy = (error: unknown) => error instanceof GuestEnded && error.message === 'the machine has ended';
  await assert.rejects(running.exit, isWhy);
  await assert.rejects(guest.session.stats(), isWhy);
});

test('what is asked of a guest that stalls waits until the session is given up', async () => {
  const guest = new Guest();
  guest.greet();
  const asked = guest.session.stats();
  await guest.hear(fromHost.ask);
  guest.session.end(new Error('the patience is at an end'));
  await assert.rejects(asked, /the patience/);
});

test('signals that Linux has are sent by their numbers, words that are none are not', async () => {
  const guest = new Guest();
  const { running } = await started(guest);
  running.signal('SIGNONSENSE');
  running.signal('SIGUSR1');
  assert.deepEqual([...(await guest.hear(fromHost.signal)).payload], [10]);
  assert.deepEqual(guest.heard, []);
});
