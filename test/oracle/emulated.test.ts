/** A branch that leads to itself is one instruction, as after a trap: five of eight million branches by chance, which were taken twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families } from '../../src/isa/spec/index.ts';
import { Emulated } from './emulated.ts';
import { unasked } from './host.ts';
import { type Case, codeAt, dataAt, type Result, runNatively, vectorBytes } from './native.ts';
import { initialX87 } from './x87.ts';

const [rbx, rsp] = [3, 4];

/** Branches with RBX at themselves and, in the code behind them, where they are; RSP leads there. */
const cases: readonly (readonly [name: string, code: readonly number[], pushed: bigint])[] = [
  ['jmp rbx', [0xff, 0xe3], 0n],
  ['call rbx', [0xff, 0xd3], -8n],
  ['jmp to itself', [0xeb, 0xfe], 0n],
  ['call of itself', [0xe8, 0xfb, 0xff, 0xff, 0xff], -8n],
  ['ret', [0xc3, ...new Array(7).fill(0xcc), 0, 0, 0, 0x20, 0, 0, 0, 0], 8n],
  ['ret 16', [0xc2, 16, 0, ...new Array(5).fill(0xcc), 0, 0, 0, 0x20, 0, 0, 0, 0], 24n],
];

const caseOf = (name: string, code: readonly number[]): Case => {
  const registers = new BigUint64Array(17);
  registers[rbx] = codeAt;
  registers[rsp] = name.startsWith('ret') ? codeAt + 8n : dataAt + 64n;
  registers[16] = 0x302n;
  return {
    ...{ code: Uint8Array.from(code), registers, vectors: new Uint8Array(vectorBytes), mxcsr: 0x1f80, x87: initialX87 },
    ...{ piece: 0, mode: 64 },
  };
};

const check = (results: Iterable<Result>): void => {
  let at = 0;
  for (const { trap, rip, registers } of results) {
    const [name, code, pushed] = cases[at++] ?? ['', [], 0n];
    assert.deepEqual([trap, rip, registers[rsp]], [1, codeAt, (caseOf(name, code).registers[rsp] ?? 0n) + pushed], name);
  }
  assert.equal(at, cases.length);
};

test('a branch to itself is taken once', () => {
  const emulated = new Emulated(families.branch);
  // What is told holds until the next one: it is looked at before.
  check(
    (function* () {
      for (const [name, code] of cases) yield emulated.run(caseOf(name, code));
    })(),
  );
});

test("by the host's processor, too", { skip: unasked() }, () => check(runNatively(cases.map(([name, code]) => caseOf(name, code)))));
