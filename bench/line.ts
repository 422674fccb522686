/**
 * How fast bytes get into a guest of User-Mode Linux and out of it through its agent. The peer is the fastest way that guest has: its own
 * `cp` between a directory of the host's (hostfs) and its root file system (ext4). Both end in the same file system, and both begin with
 * a command that is started through the agent, whose blocks are large: each system call is dear there. The host's files are in memory.
 */
import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { AgentSession } from '../src/agent/index.ts';
import { medianInterval, ratioInterval } from '../src/measure/index.ts';
import { order, text } from '../test/agent/real-agent.ts';
import { bootGuest, whyNoUml } from '../test/agent/uml.ts';
import { inRounds } from './measure/rounds.ts';
import { figureRow, type Row, ratioRow } from './measure/row.ts';
import type { Bench, Scene } from './scene/scene.ts';

const bytes = 100_000_000;

const run = async (session: AgentSession, script: string): Promise<void> => {
  const running = await session.start(order(['sh', '-c', script]));
  const [said, { code }] = await Promise.all([text(running.stderr), running.exit, text(running.stdout)]);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${said}`);
};

const timed = async (work: () => Promise<void>): Promise<{ readonly wallMs: number }> => {
  const begun = performance.now();
  await work();
  return { wallMs: performance.now() - begun };
};

const send = async (session: AgentSession, from: string, to: string): Promise<void> => {
  const running = await session.start(order(['dd', `of=${to}`, 'bs=256k']));
  await running.stdin.write(readFileSync(from));
  await running.stdin.end();
  await running.exit;
};

const fetchFile = async (session: AgentSession, from: string, to: string): Promise<void> => {
  const running = await session.start(order(['cat', from]));
  const file = createWriteStream(to);
  for await (const chunk of running.stdout) if (!file.write(chunk)) await new Promise((resolve) => file.once('drain', resolve));
  file.end();
  await Promise.all([finished(file), running.exit]);
};

const measure = async (scene: Scene): Promise<readonly Row[]> => {
  const why = whyNoUml();
  if (why !== false) throw new Error(why);
  const folder = mkdtempSync('/dev/shm/isola-line-');
  try {
    const [source, target] = [join(folder, 'source'), join(folder, 'target')];
    writeFileSync(source, randomBytes(bytes));
    await using guest = await bootGuest({ memoryMib: 512 });
    const { session } = guest;
    await session.ready;
    await run(session, `mkdir /host && mount -t hostfs -o ${folder} none /host`);
    // Once each before it counts: a guest's memory is the host's to give when it is first touched.
    await run(session, 'cp /host/source /first; cp /first /host/target; cp /first /second; rm /second');
    const rounds = scene.isQuick ? 3 : 20;
    const samples = await inRounds(
      {
        sent: () => timed(() => send(session, source, '/sent')).finally(() => run(session, 'rm /sent')),
        'copied in': () => timed(() => run(session, 'cp /host/source /copied')).finally(() => run(session, 'rm /copied')),
        fetched: () => timed(() => fetchFile(session, '/first', target)),
        'copied out': () => timed(() => run(session, 'cp /first /host/target')),
        exec: () => timed(() => run(session, 'true')),
      },
      { rounds, signal: scene.signal, onRound: (done) => scene.tell({ stage: 'moving bytes', done, of: rounds }) },
    );
    const times = (who: 'sent' | 'copied in' | 'fetched' | 'copied out' | 'exec') => samples.of(who).map(({ wallMs }) => wallMs);
    const wording = { group: 'line', quantity: 'wall time' };
    const against = 'cp in the guest between hostfs and ext4';
    return [
      ratioRow(ratioInterval(times('sent'), times('copied in')), { ...wording, name: '100 MB into a guest', against, atMost: 2 }),
      figureRow(medianInterval(times('sent')), { ...wording, name: '100 MB into a guest', unit: 'ms' }),
      ratioRow(ratioInterval(times('fetched'), times('copied out')), { ...wording, name: '100 MB out of a guest', against, atMost: 2 }),
      figureRow(medianInterval(times('fetched')), { ...wording, name: '100 MB out of a guest', unit: 'ms' }),
      figureRow(medianInterval(times('exec')), { ...wording, name: 'exec sh -c true in a guest', unit: 'ms', atMost: 60 }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export const line: Bench = { subject: 'bytes into and out of a guest of User-Mode Linux against its own hostfs', measure };
