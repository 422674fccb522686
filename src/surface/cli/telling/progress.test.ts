import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryOutside } from '../../../../test/memory/outside.ts';
import { ProgressLine, progressText } from './progress.ts';
import { Teller } from './teller.ts';

test('progress is a bar where the end is known, a count where it isn’t', () => {
  assert.equal(
    progressText({ stage: 'unpacking', done: 50 * 1024 ** 2, of: 100 * 1024 ** 2, unit: 'bytes' }, 1024 ** 2, 100),
    'unpacking  ━━━━━━━━━━──────────  50 %  50 MiB of 100 MiB  1 MiB/s',
  );
  assert.equal(
    progressText({ stage: 'copying', done: 3, of: 4, unit: 'files' }, 10, 100),
    'copying  ━━━━━━━━━━━━━━━─────  75 %  3 of 4 files',
  );
  assert.equal(progressText({ stage: 'installing', done: 7, unit: 'packages' }, undefined, 100), 'installing  7 packages');
  assert.equal(progressText({ stage: 'stopping' }, undefined, 100), 'stopping');
});

test('progress never fills a line, not even a short one', () => {
  for (let columns = 1; columns < 90; columns++) {
    const text = progressText({ stage: 'a stage with quite a long name', done: 1, of: 3, unit: 'bytes' }, 5, columns);
    assert.ok(text.length <= columns, `${columns}: ${text}`);
  }
});

test('more than all is not drawn', () => {
  assert.match(progressText({ stage: 's', done: 9, of: 3 }, undefined, 80), /━{20} {2}100 %/);
});

test('what is over soon is not shown', async () => {
  const outside = new MemoryOutside({ terminals: [2] });
  const line = new ProgressLine(outside.stderr);
  line.show({ stage: 'quick' });
  line.erase();
  await sleep(200);
  assert.equal(outside.text(2), '');
});

test('a line is drawn in place and erased at the end', async () => {
  const outside = new MemoryOutside({ terminals: [2] });
  let now = 0;
  const line = new ProgressLine(outside.stderr, () => now);
  now = 1000;
  line.show({ stage: 'one' });
  now = 2000;
  line.show({ stage: 'two' });
  line.erase();
  await sleep(1);
  assert.equal(outside.text(2), '\r\x1b[2Kone\r\x1b[2Ktwo\r\x1b[2K');
});

test('sentences stand above the line, which is drawn again', async () => {
  const outside = new MemoryOutside({ terminals: [2] });
  const teller = new Teller(outside, { quiet: false, verbose: false });
  teller.say('first');
  teller.progress({ stage: 'working' });
  await sleep(300);
  teller.say('second');
  await sleep(1);
  await teller.end();
  teller.say('too late');
  await sleep(1);
  assert.equal(outside.text(2), 'first\n\r\x1b[2Kworking\r\x1b[2Ksecond\n\r\x1b[2Kworking\r\x1b[2K');
});

const told = async (
  made: ConstructorParameters<typeof MemoryOutside>[0],
  globals: { quiet: boolean; verbose: boolean },
): Promise<string> => {
  const outside = new MemoryOutside(made);
  const teller = new Teller(outside, globals);
  teller.progress({ stage: 'working' });
  teller.say('a remark');
  await sleep(250);
  await teller.end();
  await sleep(1);
  return outside.text(2).replaceAll('\r\x1b[2Kworking', '·').replaceAll('\r\x1b[2K', '');
};

test('where nobody watches, nothing is told unless asked for; quiet is quiet', async () => {
  assert.equal(await told({}, { quiet: false, verbose: false }), '');
  assert.equal(await told({}, { quiet: false, verbose: true }), 'a remark\n');
  assert.equal(await told({ terminals: [2] }, { quiet: false, verbose: false }), 'a remark\n·');
  assert.equal(await told({ terminals: [2] }, { quiet: true, verbose: true }), '');
});
