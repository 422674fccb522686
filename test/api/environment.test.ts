/** Environments, from a program: made, changed, looked at, copied, ended. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Isola } from 'isola';
import { stage, whyNot } from '../stage/stage.ts';

suite('environments', { skip: (await whyNot('os-level')) ?? false }, () => {
  const { store } = stage();
  let isola: Isola;
  const notes: string[] = [];
  const stages: string[] = [];
  before(async () => {
    isola = await Isola.open({ store, onNote: (note) => notes.push(note), onProgress: ({ stage }) => stages.push(stage) });
  });
  after(() => isola[Symbol.asyncDispose]());

  test('one that is left at the end of a block is gone', async () => {
    let name = '';
    {
      await using box = await isola.create('busybox', { network: 'none' });
      name = box.name;
      assert.deepEqual(
        (await isola.list()).map((row) => [row.name, row.phase, row.ephemeral]),
        [[name, 'running', true]],
      );
    }
    assert.deepEqual(await isola.list(), []);
    await assert.rejects(isola.get(name), { code: 'unknown-environment' });
    assert.ok(
      stages.some((stage) => stage.startsWith('starting ')),
      'progress was heard of',
    );
  });

  test('everything that was asked for is so: limits, addresses, volumes, variables', async (t) => {
    const here = mkdtempSync(join(tmpdir(), 'isola-volume-'));
    t.after(() => rmSync(here, { recursive: true }));
    writeFileSync(join(here, 'file'), 'from the host\n');
    await using box = await isola.create('busybox', {
      name: 'asked',
      memory: '64M',
      pids: 40,
      cpus: 0.5,
      cpuWeight: 50,
      networkRate: '10M',
      ports: [{ hostAddress: '127.0.0.1', hostPort: 20_000 + (process.pid % 9000), port: 80, protocol: 'tcp' }],
      volumes: [`${here}:/in:ro`, { source: here, target: '/in2', readOnly: false }],
      env: { GREETING: 'hi' },
      hostname: 'elsewhere',
      stopGraceMs: 1500,
      capDrop: ['ALL'],
    });
    const { spec, phase, userIds } = await box.show();
    assert.deepEqual(spec.limits, { memoryBytes: 64 * 2 ** 20, pids: 40, cpus: 0.5, cpuWeight: 50, networkBits: 10_000_000 });
    assert.deepEqual([phase, userIds?.count, spec.hostname, spec.stopGraceMs], ['running', 65_536, 'elsewhere', 1500]);
    const { stdout } = await box.exec([
      'sh',
      '-c',
      'cat /in/file; hostname; echo $GREETING; grep CapBnd /proc/self/status; echo x > /in2/made',
    ]);
    assert.equal(stdout, 'from the host\nelsewhere\nhi\nCapBnd:\t0000000000000000\n');
    assert.equal(readFileSync(join(here, 'made'), 'utf8'), 'x\n');
    const { memory, pids } = await box.stats();
    assert.deepEqual([memory.limit, pids.limit], [64 * 2 ** 20, 40]);
    await box.set({ memory: '128M', pids: null, ports: [] });
    const changed = await box.show();
    assert.deepEqual([changed.spec.limits.memoryBytes, changed.spec.limits.pids, changed.ports], [128 * 2 ** 20, undefined, []]);
    await assert.rejects(box.set({ memory: '1Q' }), { code: 'malformed-quantity' });
    await assert.rejects(box.set({ volumes: ['/tmp:/tmp'] }), { code: 'fixed-while-running' });
  });

  test('stop, start, restart, pause and resume do as on the command line', async () => {
    await using box = await isola.create('busybox', { network: 'none', ephemeral: false, name: 'life' });
    const phase = async () => (await box.show()).phase;
    await box.writeFile('/root/kept', 'kept');
    await box.pause();
    assert.equal(await phase(), 'paused');
    await assert.rejects(box.exec(['true']), { code: 'phase' });
    await box.resume();
    await box.restart({ force: true });
    assert.equal(Buffer.from(await box.readFile('/root/kept')).toString(), 'kept');
    await box.stop({ graceMs: 60_000 });
    assert.equal(await phase(), 'stopped');
    assert.equal(Buffer.from(await box.readFile('/root/kept')).toString(), 'kept', 'also of a stopped one');
    await box.start();
    await box.waitFor('running', { timeoutMs: 60_000 });
    await box.rename('life-two');
    assert.equal(box.name, 'life-two');
    assert.equal((await isola.get('life-two')).id, box.id);
    await box.delete();
    await box.delete();
    assert.deepEqual(await isola.list(), []);
  });

  test('snapshots and clones', async () => {
    await using box = await isola.create('busybox', { network: 'none' });
    await box.writeFile('/state', 'first');
    const { name, environment } = await box.snapshots.create('one');
    assert.deepEqual([name, environment], ['one', box.name]);
    await box.writeFile('/state', 'second');
    const copy = await box.clone('copy', { snapshot: 'one', start: true });
    assert.equal((await copy.exec(['cat', '/state'])).stdout, 'first');
    const now = await box.clone('now');
    assert.equal(Buffer.from(await now.readFile('/state')).toString(), 'second');
    assert.deepEqual(
      (await box.snapshots.list()).map((row) => row.name),
      ['one'],
    );
    await assert.rejects(box.snapshots.restore('one'), { code: 'phase' });
    await assert.rejects(box.snapshots.restore('two', { force: true }), { code: 'unknown-snapshot' });
    await box.snapshots.delete(['one']);
    assert.deepEqual(await box.snapshots.list(), []);
    for (const one of [copy, now]) await one.delete();
  });

  test('files and directories are uploaded and downloaded', async (t) => {
    const here = mkdtempSync(join(tmpdir(), 'isola-copy-'));
    t.after(() => rmSync(here, { recursive: true }));
    mkdirSync(join(here, 'site/sub'), { recursive: true });
    writeFileSync(join(here, 'site/sub/page'), 'page');
    await using box = await isola.create('busybox', { network: 'none' });
    assert.deepEqual(await box.upload(join(here, 'site'), '/srv/site'), { bytes: 4, files: 3 });
    assert.equal((await box.exec(['cat', '/srv/site/sub/page'])).stdout, 'page');
    await box.download('/srv/site', join(here, 'back'));
    assert.equal(readFileSync(join(here, 'back/sub/page'), 'utf8'), 'page');
    await assert.rejects(box.download('/no/such', here), { code: 'no-such-path' });
  });

  test('the log is told line by line, as it comes', async () => {
    await using box = await isola.create('busybox', {
      network: 'none',
      command: ['sh', '-c', 'echo one; echo two >&2; sleep 0.3; echo three; sleep 1000'],
    });
    const lines: string[] = [];
    for await (const { stream, text, time } of box.logs({ follow: true })) {
      assert.ok(Math.abs(Date.now() - time.getTime()) < 60_000);
      lines.push(`${stream} ${text}`);
      if (text === 'three') break;
    }
    assert.deepEqual(lines.toSorted(), ['stderr two', 'stdout one', 'stdout three']);
    const last = await Array.fromAsync(box.logs({ last: 1 }));
    assert.deepEqual(
      last.map(({ text }) => text),
      ['three'],
    );
    assert.equal((await box.waitFor('log:/three/', { timeoutMs: 60_000 })).reached, 'log:/three/');
    await assert.rejects(box.waitFor('log:/four/', { timeoutMs: 300 }), { code: 'wait-timed-out' });
  });

  test('the console shows what comes while attached, and is left without ending anything', async () => {
    const command = ['sh', '-c', 'while :; do echo tick; sleep 0.1; done'];
    await using box = await isola.create('busybox', { network: 'none', command });
    let shown = '';
    await using console = await box.console();
    for await (const chunk of console) {
      shown += Buffer.from(chunk).toString();
      if (shown.includes('tick\ntick\n')) break;
    }
    assert.match(shown, /^(tick\n)+/);
    assert.equal((await box.show()).phase, 'running', 'it goes on when left');
  });

  test('run has the result of a command, and leaves nothing', async () => {
    const { exitCode, stdout } = await isola.run('busybox', ['sh', '-c', 'read a; echo "got $a"; exit 6'], {
      network: 'none',
      stdin: 'input\n',
    });
    assert.deepEqual([exitCode, stdout], [6, 'got input\n']);
    const texts: string[] = [];
    for await (const event of await isola.spawn('busybox', ['echo', 'streamed'], { network: 'none' }))
      if (event.type === 'stdout') texts.push(event.text);
    assert.deepEqual(texts, ['streamed\n']);
    await assert.rejects(isola.run('busybox', ['sleep', '60'], { network: 'none', timeoutMs: 300 }), { code: 'timed-out' });
    await assert.rejects(isola.run('busybox', ['no-such'], { network: 'none' }), { code: 'command-not-found' });
    await assert.rejects(isola.run('no-such-image', ['true']), { code: 'unknown-image' });
    assert.deepEqual(await isola.list(), []);
  });

  test('images, versions and the host’s state are there too', async (t) => {
    const here = mkdtempSync(join(tmpdir(), 'isola-images-'));
    t.after(() => rmSync(here, { recursive: true }));
    const { bytes } = await isola.images.export('busybox', join(here, 'b.tar'));
    assert.ok(bytes > 100_000);
    assert.deepEqual((await isola.images.import(join(here, 'b.tar'), 'again')).names.toSorted(), ['again', 'busybox']);
    await isola.images.delete(['again']);
    assert.deepEqual(
      (await isola.images.list()).map(({ names }) => names),
      [['busybox']],
    );
    assert.ok((await isola.doctor()).techniques.some(({ name, works }) => name === 'os-level' && works));
    assert.match((await isola.version()).isola, /^\d+\.\d+\.\d+/);
    assert.deepEqual(await isola.do('snapshot list', {}), []);
  });

  test('two programs’ views of one store are one', async () => {
    await using other = await Isola.open({ store });
    await using box = await isola.create('busybox', { network: 'none', name: 'shared' });
    const seen = await other.get('shared');
    await Promise.all([box.writeFile('/a', 'a'), seen.writeFile('/b', 'b')]);
    assert.equal((await seen.exec(['cat', '/a', '/b'])).stdout, 'ab');
    await assert.rejects(other.create('busybox', { name: 'shared' }), { code: 'name-taken' });
    const twice = await Promise.allSettled([isola, other].map((one) => one.create('busybox', { network: 'none', name: 'raced' })));
    assert.deepEqual(twice.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    await (await isola.get('raced')).delete();
  });
});
