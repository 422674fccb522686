/** Memory that a real guest has used and uses no more goes back to the host, by the relay. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { AgentSession } from '../../src/agent/index.ts';
import { patienceMs } from '../stage/patience.ts';
import { order, text } from './real-agent.ts';
import { bootGuest, whyNoUml } from './uml.ts';

const output = async (session: AgentSession, ...command: string[]): Promise<string> => {
  const running = await session.start(order(command));
  const [out, err] = await Promise.all([text(running.stdout), text(running.stderr)]);
  return out + err;
};

/** Its agent looks every few seconds at first. */
const waitMs = 90_000;

const until = async (is: () => boolean): Promise<boolean> => {
  for (const end = performance.now() + waitMs; performance.now() < end; ) {
    if (is()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
};

suite('memory that a guest of User-Mode Linux uses no more', { skip: whyNoUml(), timeout: patienceMs, concurrency: true }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'isola-trim-'));
    execFileSync('gcc', ['-std=gnu11', '-O1', '-o', join(folder, 'mute-console'), join(import.meta.dirname, 'mute-console.c')]);
    // A guest's memory is measured by the file system it lies in, and must be executable there.
    mkdirSync(join(folder, 'memory'));
    execFileSync('mount', ['-t', 'tmpfs', 'isola-trim', join(folder, 'memory')]);
  });
  after(() => {
    execFileSync('umount', ['--lazy', `${folder}/memory`]);
    rmSync(folder, { recursive: true, force: true });
  });

  test('is given back to the host, and what it uses stays as it is', async () => {
    const memory = join(folder, 'memory');
    const takenMib = (): number => {
      const { blocks, bfree, bsize } = statfsSync(memory);
      return ((blocks - bfree) * bsize) / 2 ** 20;
    };
    const before = takenMib();
    await using guest = await bootGuest({ memory, mconsole: 'own' });
    const { session } = guest;
    const total = Number(/^MemTotal:\s+(\d+) kB/m.exec(await output(session, 'cat', '/proc/meminfo'))?.[1]);
    assert.ok(total > 112_000, `${total} KiB of 128 MiB: the rest went to pages that do not exist`);
    await output(session, 'sh', '-c', 'dd if=/dev/urandom of=/dev/shm/kept bs=1M count=8; md5sum /dev/shm/kept > /dev/shm/sum');
    await output(session, 'sh', '-c', 'dd if=/dev/zero of=/dev/shm/gone bs=1M count=45; rm /dev/shm/gone');
    const used = takenMib() - before;
    assert.ok(used > 60, `${used} MiB`);
    assert.ok(await until(() => takenMib() - before < used - 30), `${takenMib() - before} of ${used} MiB are still taken`);
    assert.equal(await output(session, 'sh', '-c', 'md5sum /dev/shm/kept | cmp - /dev/shm/sum && echo same'), 'same\n');
    // It can be used again.
    assert.match(
      await output(session, 'sh', '-c', 'dd if=/dev/zero of=/dev/shm/again bs=1M count=45; wc -c < /dev/shm/again'),
      /^47185920$/m,
    );
  });

  test('is not waited for: the relay serves on while nobody answers', async () => {
    const path = join(folder, 'mute');
    const mute = spawn(join(folder, 'mute-console'), [path], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      let asked = '';
      mute.stdout.on('data', (chunk: Buffer) => {
        asked += chunk.toString();
      });
      await using guest = await bootGuest({ mconsole: path });
      assert.ok(await until(() => asked !== ''), 'nothing was asked');
      assert.match(asked, /^config mem=-\d+K\n/);
      assert.equal(await output(guest.session, 'echo', 'served'), 'served\n');
      // Whether it was lent or not, it is given back.
      const [, lent] = /mem=-(\d+)K/.exec(asked) ?? [];
      assert.ok(await until(() => asked.includes(`config mem=+${lent}K\n`)), asked);
      assert.equal(asked.match(/mem=-/g)?.length, 1);
      assert.equal(await output(guest.session, 'echo', 'served'), 'served\n');
    } finally {
      mute.kill();
    }
  });
});
