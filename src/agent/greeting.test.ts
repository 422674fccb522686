import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GreetingFinder, noiseMost } from './greeting.ts';
import { AgentDamage } from './wire.ts';

const found = (text: string, size: number) => {
  const finder = new GreetingFinder();
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) {
    const greeting = finder.write(bytes.subarray(at, at + size));
    if (greeting === undefined) continue;
    const rest = Buffer.concat([greeting.rest, bytes.subarray(at + size)]);
    return { version: greeting.version, rest: rest.toString('latin1') };
  }
  return undefined;
};

test('the greeting is found behind a kernel’s words, in whatever pieces it comes', () => {
  const text = '[    0.1] Linux version 6.1\r\n\xa9\n<isola age\n<isola agent 12>\n\xa9rest';
  for (let size = 1; size <= text.length; size++)
    assert.deepEqual(found(text, size), { version: 12, rest: '\xa9rest' }, `pieces of ${size}`);
});

test('a line without it is waited for, but not for ever', () => {
  assert.equal(found('login: \n<isola agen', 3), undefined);
  const finder = new GreetingFinder();
  const babble = Buffer.alloc(4096, '\n<isola ');
  assert.throws(() => {
    for (let seen = 0; seen <= noiseMost; seen += babble.length) finder.write(babble);
  }, AgentDamage);
});

test('a greeting without a version, or without an end, is damage', () => {
  assert.throws(() => found('\n<isola agent one>\n', 5), AgentDamage);
  assert.throws(() => found(`\n<isola agent ${'1'.repeat(50)}`, 5), AgentDamage);
});
