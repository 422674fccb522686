import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '../program/processes.ts';
import { Database } from './database.ts';
import { Locks, lockSchema } from './lock.ts';

const placeOf = (context: TestContext): string => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-lock-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
};

const open = (context: TestContext, directory: string): Locks => {
  const db = new Database(`${directory}/db`, [lockSchema]);
  context.after(() => db[Symbol.dispose]());
  return new Locks(db);
};

/** A process that holds a lock while a program works for it, killed as soon as that has begun. */
const killedHolder = async (directory: string, script: string): Promise<void> => {
  const program = `
    const { Database, Locks, lockSchema, run } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)});
    const locks = new Locks(new Database(${JSON.stringify(`${directory}/db`)}, [lockSchema]));
    await locks.hold('environment web', 'start', async () => {
      await run('sh', ['-c', ${JSON.stringify(`: > ${directory}/begun; ${script}`)}]);
    });`;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  assert.ok(await until(() => existsSync(`${directory}/begun`), 120_000));
  child.kill('SIGKILL');
  await once(child, 'close');
};

test('a lock is not taken over before what its killed holder had begun has ended', async (context) => {
  const directory = placeOf(context);
  const locks = open(context, directory);
  await killedHolder(directory, `while [ ! -e ${directory}/go ]; do sleep 0.05; done; : > ${directory}/late`);
  assert.equal(existsSync(`${directory}/late`), false);
  setTimeout(() => writeFileSync(`${directory}/go`, ''), 500);
  await locks.hold('environment web', 'repair', async () => assert.equal(existsSync(`${directory}/late`), true));
});

test('dead locks are forgotten, living ones are not', async (context) => {
  const directory = placeOf(context);
  const locks = open(context, directory);
  await killedHolder(directory, 'sleep 0.3');
  await locks.hold('images', 'pull', async () => {
    await locks.forgetDead();
    assert.equal(locks.holder('environment web'), undefined);
    assert.equal(locks.holder('images')?.purpose, 'pull');
  });
});

test('what a process held before it became another program is forgotten, what others hold is not', async (context) => {
  const directory = placeOf(context);
  const modules = JSON.stringify(new URL('../index.ts', import.meta.url).href);
  const opened = `
    const { Database, Locks, lockSchema, run } = await import(${modules});
    const locks = new Locks(new Database(${JSON.stringify(`${directory}/db`)}, [lockSchema]));
  `;
  const after = `${opened} await locks.forgetFormer(); await locks.hold('kernels', 'fetch again', async () => console.log('held'), { timeoutMs: 0 });`;
  const words = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e'];
  const before = `${opened} await locks.hold('kernels', 'fetch', async () => {
    process.execve(process.execPath, [process.execPath, ...${JSON.stringify([...words, after])}], process.env);
  });`;
  const locks = open(context, directory);
  await locks.hold('images', 'pull', async () => {
    const child = spawn(process.execPath, [...words, before], { stdio: ['ignore', 'pipe', 'inherit'] });
    const said = (await child.stdout.toArray()).join('');
    assert.equal(said, 'held\n');
    assert.equal(locks.holder('images')?.purpose, 'pull');
  });
});
