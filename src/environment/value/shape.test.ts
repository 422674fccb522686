import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flag, integer, listOf, mapOf, nullable, oneOf, optional, record, ShapeError, text } from './shape.ts';

const guest = record({
  name: text('what it is called'),
  phase: oneOf(['stopped', 'running'], 'what it does'),
  ports: listOf(integer('port')),
  env: mapOf(text('value')),
  pid: nullable(integer('process')),
  quiet: optional(flag('whether')),
});
const web = { name: 'web', phase: 'running', ports: [80, 443], env: { A: 'b' }, pid: null } as const;

test('data that fits passes unchanged', () => {
  assert.deepEqual(guest.check(web), web);
  assert.deepEqual(guest.check({ ...web, quiet: true, pid: 7 }), { ...web, quiet: true, pid: 7 });
});

test('data that does not fit is refused by its place', () => {
  const wrong: readonly [unknown, RegExp][] = [
    [{ ...web, ports: [80, '443'] }, /value\.ports\[1\] is "443", not a whole number/],
    [{ ...web, phase: 'asleep' }, /value\.phase is "asleep", not one of stopped, running/],
    [{ ...web, env: { A: 1 } }, /value\.env\.A is 1, not a text/],
    [{ ...web, colour: 'red' }, /value has an unknown field colour/],
    [{ ...web, name: undefined }, /value\.name is undefined, not a text/],
    [null, /value is null, not an object/],
    [[], /value is \[\], not an object/],
  ];
  for (const [value, said] of wrong)
    assert.throws(
      () => guest.check(value),
      (error) => error instanceof ShapeError && said.test(error.message),
    );
});

test('a shape is a JSON schema, whose optional fields are not required', () => {
  assert.deepEqual(guest.schema['required'], ['name', 'phase', 'ports', 'env', 'pid']);
  assert.equal(guest.schema['additionalProperties'], false);
});

test('names of Object’s own are fields like others', () => {
  const odd = mapOf(text('value')).check(JSON.parse('{"__proto__": "x", "constructor": "y"}'));
  assert.deepEqual(Object.keys(odd), ['__proto__', 'constructor']);
  assert.throws(() => guest.check(JSON.parse(`{"__proto__": 1, "name": "web"}`)), /unknown field __proto__/);
});
