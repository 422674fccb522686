import { equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { Ram } from './ram.ts';

test('no more processors come than the memory is for, each to a home of its own', () => {
  const ram = new Ram(2 ** 16, 2);
  const [first, second] = [ram.settle(), ram.settle()];
  equal(second.begin >= first.begin + first.state.byteLength, true);
  equal(second.records.begin, first.records.end);
  equal(ram.begin, second.records.end);
  throws(() => ram.settle(), /this memory is for 2 processors/);
  throws(() => new Ram(2 ** 16, 65), RangeError);
});
