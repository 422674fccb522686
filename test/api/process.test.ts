/** Programs that use the library, as processes: how they end, and what becomes of their environments. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { EnvironmentRow } from '../../src/environment/command/index.ts';
import { stage, whyNot } from '../stage/stage.ts';

const root = join(import.meta.dirname, '../..');
const node = [process.execPath, '--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '--eval'] as const;

suite('a program', { skip: (await whyNot('os-level')) ?? false }, () => {
  const here = stage();
  const [program, ...flags] = node;
  const run = (text: string) => spawnSync(program, [...flags, text, here.store], { cwd: root, encoding: 'utf8', timeout: 300_000 });

  test('ends by itself when its work is done, though it disposed of nothing', () => {
    const { status, stdout, stderr } = run(`
      import { Isola } from 'isola';
      const isola = await Isola.open({ store: process.argv[1] });
      const box = await isola.create('busybox', { network: 'none', name: 'left' });
      const { stdout } = await box.exec(['echo', 'done']);
      await box.spawn(['true']);
      for await (const _ of box.logs()) {}
      await isola.run('busybox', ['true'], { network: 'none' });
      process.stdout.write(stdout);
    `);
    assert.deepEqual([status, stdout, stderr], [0, 'done\n', '']);
  });

  test('whose environments outlived it has them removed by the next isola', async () => {
    const rows = await here.data<EnvironmentRow[]>('list');
    assert.deepEqual(
      rows.map(({ name, ephemeral }) => [name, ephemeral]),
      [['left', true]],
    );
    await here.ok('run', '--network', 'none', 'busybox', '--', 'true');
    assert.deepEqual(await here.data<EnvironmentRow[]>('list'), []);
  });

  test('that is killed has its environment removed, while those of others stay', async () => {
    const text = `
      import { Isola } from 'isola';
      const isola = await Isola.open({ store: process.argv[1] });
      await isola.create('busybox', { network: 'none', name: 'bound' });
      await isola.create('busybox', { network: 'none', name: 'free', ephemeral: false });
      process.stdout.write('made');
      setInterval(() => {}, 1000);
    `;
    const child = spawn(program, [...flags, text, here.store], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    // While it lives, nobody takes it away.
    await here.ok('doctor', '--repair');
    assert.equal((await here.data<EnvironmentRow[]>('list')).length, 2);
    child.kill('SIGKILL');
    await once(child, 'close');
    await here.ok('doctor', '--repair');
    const rows = await here.data<EnvironmentRow[]>('list');
    assert.deepEqual(
      rows.map(({ name, phase }) => [name, phase]),
      [['free', 'running']],
    );
    await here.ok('delete', '--force', 'free');
  });

  test('that fails within a block takes its environments along', async () => {
    const { status, stderr } = run(`
      import { Isola } from 'isola';
      await using isola = await Isola.open({ store: process.argv[1] });
      await using box = await isola.create('busybox', { network: 'none' });
      throw new Error('on the way');
    `);
    assert.equal(status, 1);
    assert.match(stderr, /on the way/);
    assert.deepEqual(await here.data<EnvironmentRow[]>('list'), []);
  });

  test('without root is told so', () => {
    const text = `import { Isola } from 'isola'; await Isola.open({ store: '/var/lib/isola-of-nobody' }).catch((e) => console.log(e.code, e.remedy));`;
    const { stdout } = spawnSync('setpriv', ['--reuid=65534', '--clear-groups', '--', program, ...flags, text], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.match(stdout, /^not-root run it with sudo/);
  });
});
