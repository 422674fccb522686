/** Whether the contract is whole: nothing here touches the host. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type VerbName, verbs } from '../../src/environment/command/index.ts';
import { chapters } from './contract.ts';
import { subjects } from './subjects.ts';

const clauses = chapters.flatMap((chapter) => chapter.clauses);
const names = clauses.map(({ name }) => name);

/** Verbs in which no technique has a part. */
const apart: Readonly<Partial<Record<VerbName, string>>> = {
  version: 'tells of programs',
  boot: 'makes a computer that is no environment; test/boot has its own tests',
  compare: 'measures all techniques by what is in other clauses; test/compare has its own tests',
  completion: 'prints a script',
  complete: 'lists names',
  machine: 'is what techniques start whose environments are computers; test/emulation has its own tests',
};

test('every verb that has to do with environments has a clause', () => {
  const proved = new Set(clauses.flatMap((clause) => clause.verbs));
  const due = (Object.keys(verbs) as VerbName[]).filter((verb) => !verb.startsWith('image ') && !Object.hasOwn(apart, verb));
  assert.deepEqual(
    due.filter((verb) => !proved.has(verb)),
    [],
  );
});

test('no two clauses have the same name', () => {
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
});

for (const { technique, skips, daily = [] } of subjects)
  test(`${technique} skips clauses that there are, each with a reason`, () => {
    assert.deepEqual(
      [...Object.keys(skips), ...daily].filter((name) => !names.includes(name)),
      [],
    );
    for (const [name, reason] of Object.entries(skips)) assert.match(reason, /\S \S/, name);
  });
