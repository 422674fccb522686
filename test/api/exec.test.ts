/** Commands inside, from a program. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { ExecError, Isola, Refusal } from 'isola';
import type { EnvironmentHandle, ExecEvent } from '../../src/index.ts';
import { stage, whyNot } from '../stage/stage.ts';

suite('exec', { skip: (await whyNot('os-level')) ?? false }, () => {
  const { store } = stage();
  let isola: Isola;
  let box: EnvironmentHandle;
  before(async () => {
    isola = await Isola.open({ store });
    box = await isola.create('busybox', { network: 'none' });
  });
  after(async () => {
    await box[Symbol.asyncDispose]();
    await isola[Symbol.asyncDispose]();
  });

  test('tells status, both streams as text and as bytes, and how long it took', async () => {
    const result = await box.exec(['sh', '-c', 'printf "out \\303\\244"; printf "\\377\\000" >&2; exit 3']);
    assert.deepEqual([result.exitCode, result.signal, result.stdout], [3, null, 'out ä']);
    assert.deepEqual([...result.stderrBytes], [0xff, 0]);
    assert.ok(result.durationMs > 0 && result.durationMs < 60_000);
  });

  test('hands on environment, directory and user', async () => {
    const { stdout } = await box.exec(['sh', '-c', 'echo $A; pwd; id -u'], { env: { A: 'x y' }, workdir: '/tmp', user: '7' });
    assert.equal(stdout, 'x y\n/tmp\n7\n');
  });

  test('a status other than 0 is an error only for those who check, and then it has the result', async () => {
    assert.equal((await box.exec(['false'])).exitCode, 1);
    const failing = box.exec(['sh', '-c', 'echo whole; echo no such luck >&2; exit 4'], { check: true });
    const error = await failing.catch((reason: unknown) => reason);
    assert.ok(error instanceof ExecError);
    assert.match(error.message, /ended with status 4: no such luck$/);
    assert.deepEqual([error.code, error.result.exitCode, error.result.stdout], ['exec-failed', 4, 'whole\n']);
  });

  test('what can’t be started is refused with a code and a remedy', async () => {
    for (const [command, options, code] of [
      [['no-such'], {}, 'command-not-found'],
      [['/etc/passwd'], {}, 'command-not-executable'],
      [['true'], { user: 'nobody-here' }, 'unknown-user'],
      [['true'], { workdir: '/no/such' }, 'unknown-directory'],
    ] as const) {
      const refusal = await box.exec(command, options).catch((reason: unknown) => reason);
      assert.ok(refusal instanceof Refusal, String(refusal));
      assert.equal(refusal.code, code);
      assert.ok(refusal.message.length > 10 && refusal.remedy.length > 10);
    }
  });

  test('binary input and output pass unchanged, in any amount', async () => {
    const bytes = randomBytes(3_000_000);
    const { stdoutBytes } = await box.exec(['cat'], { stdin: bytes });
    assert.ok(bytes.equals(stdoutBytes));
  });

  test('input may come bit by bit, and stops where nobody reads it any more', async () => {
    let asked = 0;
    async function* lines() {
      for (let line = 1; line < 1_000_000; line++) {
        asked = line;
        yield `${line}\n`.padStart(1000);
      }
    }
    const { stdout } = await box.exec(['head', '-n', '2'], { stdin: lines() });
    assert.equal(stdout.replaceAll(' ', ''), '1\n2\n');
    assert.ok(asked < 900_000, `${asked} lines were asked for`);
  });

  test('what the source of its input throws is thrown, and the command is gone', async () => {
    async function* broken() {
      yield 'first\n';
      throw new RangeError('no more');
    }
    await assert.rejects(box.exec(['cat'], { stdin: broken() }), RangeError);
    assert.ok(!(await box.exec(['ps'])).stdout.includes(' cat'));
  });

  test('spawn tells what happens as it happens, in order', async () => {
    const events: ExecEvent[] = [];
    await using child = await box.spawn(['sh', '-c', 'echo one; read word; echo two; read word; exit 5']);
    for await (const event of child) {
      events.push(event);
      // It goes on only when it was heard.
      if (event.type !== 'exit') await child.write('heard\n');
    }
    assert.deepEqual(
      events.map((event) => (event.type === 'exit' ? event.exitCode : event.text)),
      ['one\n', 'two\n', 5],
    );
  });

  test('a spawned command is talked to, and can be asked to end', async () => {
    await using child = await box.spawn(['sh', '-c', 'trap "echo bye; exit 9" TERM; while read line; do echo "<$line>"; done']);
    const events = child[Symbol.asyncIterator]();
    const text = async () => {
      const { value } = await events.next();
      return value.type === 'exit' ? value.exitCode : value.text;
    };
    await child.write('hello\n');
    assert.equal(await text(), '<hello>\n');
    child.kill('SIGTERM');
    // Its shell looks for signals between two lines, and what is written may overtake one.
    for (let said = ''; !said.includes('bye'); said = String(await text())) await child.write('\n');
    await child.end();
    assert.equal((await child.exit).code, 9);
  });

  test('text that is cut within a letter is put together', async () => {
    let text = '';
    for await (const event of await box.spawn(['sh', '-c', 'printf "\\303"; sleep 0.3; printf "\\244"']))
      if (event.type === 'stdout') text += event.text;
    assert.equal(text, 'ä');
  });

  test('one that is left early is killed, with all it has started', async () => {
    {
      await using left = await box.spawn(['sh', '-c', 'sleep 1001 & sleep 1002 & echo begun; wait']);
      await left[Symbol.asyncIterator]().next();
    }
    assert.doesNotMatch((await box.exec(['ps'])).stdout, /sleep 100/);
  });

  test('a time limit ends it, and what it left behind holds nobody up', async () => {
    const start = performance.now();
    const refusal = await box
      .exec(['sh', '-c', 'trap "" TERM; sleep 1003 & setsid sleep 2 & wait; sleep 1004'], { timeoutMs: 300 })
      .catch((e) => e);
    assert.equal(refusal.code, 'timed-out');
    assert.ok(performance.now() - start < 60_000);
    assert.doesNotMatch((await box.exec(['ps'])).stdout, /sleep 100/);
  });

  test('many at once don’t mix', async () => {
    const said = await Promise.all(Array.from({ length: 12 }, (_, index) => box.exec(['sh', '-c', `echo ${index}; exit ${index}`])));
    assert.deepEqual(
      said.map(({ stdout, exitCode }) => [stdout, exitCode]),
      said.map((_, index) => [`${index}\n`, index]),
    );
  });

  test('files are written and read whole, whatever is in them', async () => {
    const bytes = randomBytes(200_000);
    await box.writeFile('/deep/er/file', bytes, { mode: 0o640 });
    assert.ok(bytes.equals(await box.readFile('/deep/er/file')));
    await box.writeFile('/deep/empty', '');
    assert.equal((await box.readFile('/deep/empty')).length, 0);
    assert.equal((await box.exec(['stat', '-c', '%a %u', '/deep/er/file'])).stdout, '640 0\n');
    await assert.rejects(box.readFile('/no/such'), { code: 'no-such-path' });
    await assert.rejects(box.readFile('/deep'), { code: 'no-such-path' });
    await assert.rejects(box.writeFile('relative', ''), { code: 'malformed-value' });
  });
});
