/** What is behind code is no business of it: looking there would mark a page as accessed that the program never comes to. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { families } from '../../isa/index.ts';
import type { Engine } from '../engine.ts';
import { engineOfRows } from '../stage/engine.ts';
import { type Paged, paged, pageEntry } from '../stage/paged.ts';

const accessed = 0x20n;
const nop = 0x90;

suite('the page behind code', () => {
  let engine: Engine;
  before(() => {
    engine = engineOfRows(families.hint, families.move, families.branch);
  });

  const isAccessed = ({ ram }: Paged): boolean => (ram.read64(pageEntry(9)) & accessed) !== 0n;

  test('isn’t looked at by a loop at the end of its page', () => {
    // JMP to the first of both NOPs
    const one = paged(engine, [nop, nop, 0xeb, 0xfc], 0x8ffcn);
    assert.deepEqual(one.processor.run(10), { why: 'budget' });
    assert.equal(isAccessed(one), false);
  });

  test('is as soon as an instruction goes on there', () => {
    // MOV EAX, 12345678h
    const one = paged(engine, [nop, 0xb8, 0x78, 0x56, 0x34, 0x12], 0x8ffdn);
    assert.deepEqual(one.processor.run(1), { why: 'budget' });
    assert.equal(isAccessed(one), false);
    assert.deepEqual(one.processor.run(1), { why: 'budget' });
    assert.equal(isAccessed(one), true);
  });

  test('that isn’t there is a fault of its own address', () => {
    const one = paged(engine, [0xb8, 0x78, 0x56, 0x34, 0x12], 0x8ffen, { absent: [9] });
    const exit = one.processor.run(1);
    assert.notEqual(exit.why, 'budget');
    assert.equal(isAccessed(one), false);
  });
});
