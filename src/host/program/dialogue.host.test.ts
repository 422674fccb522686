import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostDialogue, NoAnswer } from './dialogue.ts';
import { markOf } from './processes.ts';

const patient = () => ({ signal: new AbortController().signal });

test('each question has its answer, until its input ends', async () => {
  const dialogue = HostDialogue.start(['sh', '-c', 'while read -r line; do echo "<$line>"; done'], patient());
  assert.deepEqual([await dialogue.ask('one\n'), await dialogue.ask('two\n')], ['<one>', '<two>']);
  await dialogue.close();
  assert.equal(markOf(dialogue.pid), undefined);
  await dialogue.close();
});

test('who ends, or takes too long, has given no answer', async () => {
  const ended = HostDialogue.start(['sh', '-c', 'read -r line; exit 3'], patient());
  await assert.rejects(ended.ask('well?\n'), (error) => error instanceof NoAnswer && /gave no answer to well\?/.test(error.message));
  const slow = HostDialogue.start(['sleep', '60'], { ...patient(), patienceMs: 100 });
  await assert.rejects(slow.ask('well?\n'), NoAnswer);
  await slow.close();
  const missing = HostDialogue.start(['/no/such/program'], patient());
  await assert.rejects(missing.listen(), NoAnswer);
  await missing.close();
});

test('an abort ends it, with the reason', async () => {
  const abort = new AbortController();
  const dialogue = HostDialogue.start(['sh', '-c', 'read -r line; exec sleep 60'], { signal: abort.signal });
  setTimeout(() => abort.abort(new Error('enough')), 100);
  await assert.rejects(dialogue.ask('well?\n'), /enough/);
  await dialogue.close();
});
