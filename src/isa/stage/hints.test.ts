import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine } from '../runtime/engine.ts';
import { Additions, moduleOf } from './module.ts';
import { opcode } from './opcode.ts';
import { Stage } from './stage.ts';

/** Sections by their numbers, or by their names where they have one, of less than 128 bytes each: what is behind their sizes and names. */
const sectionsOf = (bytes: Uint8Array): ReadonlyMap<number | string, Uint8Array> => {
  const found = new Map<number | string, Uint8Array>();
  for (let at = 8; at < bytes.length; ) {
    const [id = 0, size = 0, named = 0] = bytes.subarray(at, at + 3);
    const text = Buffer.from(bytes.subarray(at + 3, at + 3 + named)).toString();
    found.set(id === 0 ? text : id, bytes.subarray(id === 0 ? at + 3 + named : at + 2, at + 2 + size));
    at += 2 + size;
  }
  return found;
};

const section = 'metadata.code.branch_hint';
const signature = { parameters: ['i32'], results: ['i32'] } as const;

const added = (...stages: readonly Stage[]): Uint8Array<ArrayBuffer> =>
  new Additions({}, signature).moduleOf({ place: 0, home: 0, functions: stages.map((stage) => () => stage) });

const plain = (): Stage => {
  const x = new Stage(['i32']);
  x.when(x.eqz(x.parameter(0, 32)), () => x.do([opcode.return], x.known(32, 1)));
  x.do([opcode.return], x.known(32, 2));
  return x;
};

const hinted = (): Stage => {
  const x = new Stage(['i32']);
  const value = x.variable(x.known(32, 5));
  x.seldom(x.eqz(x.parameter(0, 32)), () => x.set(value, x.known(32, 6)));
  const one = x.either(
    x.eq(x.parameter(0, 32), x.known(32, 3)),
    () => x.known(32, 10),
    () => x.known(32, 20),
    'usual',
  );
  x.do([opcode.return], x.add(x.get(value), one));
  return x;
};

test('branches that mostly go one way are told with where they are in their function, and which way it is', () => {
  const sections = sectionsOf(added(plain(), hinted()));
  const [functions, which, branches, first = 0, , isFirst, second = 0, , isSecond, ...rest] = sections.get(section) ?? [];
  assert.deepEqual([functions, which, branches, isFirst, isSecond, rest], [1, 1, 2, 0, 1, []]);
  const code = sections.get(10) ?? new Uint8Array();
  const begin = 1 + 1 + (code[1] ?? 0) + 1;
  assert.deepEqual([code[begin + first], code[begin + second]], [opcode.if, opcode.if]);
  assert.ok(first < second);
});

test('a module without them has no such section', () => assert.equal(sectionsOf(added(plain())).has(section), false));

test('what is said of them changes nothing of what is done', () => {
  const memory = new engine.Memory({ initial: 1 });
  const first = moduleOf({
    ...{ imports: {}, exports: [], table: { names: ['plain'], signature } },
    functions: [{ name: 'plain', stage: plain(), results: ['i32'] }],
  });
  const { handlers } = new engine.Instance(new engine.Module(first.bytes), { host: { memory } }).exports;
  void new engine.Instance(new engine.Module(added(hinted())), { host: { memory, handlers } });
  const run = (handlers as { get(place: number): (given: number) => number }).get(0); // It has its place there.
  assert.deepEqual([run(0), run(3), run(4)], [26, 15, 25]);
});
