/** Addresses near others that were found: what lies in the next page is found there, wherever that is. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { families, interpreterOf, State, supervising, Translator, tableOf } from '../../isa/index.ts';
import { type Engine, engineOf } from '../engine.ts';
import { Bare } from '../stage/bare.ts';
import { setFlat } from './mode.ts';

const { arithmetic, branch, flag, move, stack, string } = families;
const table = tableOf([...arithmetic, ...branch, ...flag, ...move, ...stack, ...string, ...Object.values(supervising).flat()]);
const interpreter = interpreterOf(table.forms);
const translator = new Translator(interpreter.numberOf, table.forms);
const interpreting = engineOf(table, interpreter);
const translating = engineOf(table, interpreter, { translator: () => translator, often: 20, isAtOnce: true });

const [rcx, rbx, rsp] = [1, 3, 4].map((number) => State.gpr + 8 * number) as [number, number, number]; // Three were asked for.
/** Where pages are seen, and where the first of them is: behind it is the last one, and so on. */
const [seen, last, pages] = [0x4000_0000n, 0x30, 8];
const [directory, tables] = [0x5000, 0x6000];
const rounds = 500;

/** Reads and writes around rbx, which moves on by 12 bytes, or by 16; each fourth of them below a stack that lies across two pages; and fills up to seven bytes, from which on it reads on. */
const codeOf = (bits: 64 | 32): readonly number[] => {
  const wide = bits === 64 ? [0x48] : [];
  const moved = [...wide, 0x83, 0xc3, 4]; // add rbx, 4
  const body = [
    ...[0x8b, 0x03, 0x03, 0x43, 8, 0x03, 0x53, 0xf4], // mov eax, [rbx]; add eax, [rbx + 8]; add edx, [rbx - 12]
    ...[0x89, 0x43, 0x10, 0x01, 0x53, 4], // mov [rbx + 16], eax; add [rbx + 4], edx
    ...[0x50, 0x52, 0x5e, 0x5f], // push rax; push rdx; pop rsi; pop rdi
    ...[0xf6, 0xc1, 4, 0x74, moved.length, ...moved], // test cl, 4; jz over the next
    ...[0x03, 0x03, 0x8b, 0x74, 0x8b, 4], // add eax, [rbx]; mov esi, [rbx + 4 * rcx + 4]
    ...[0x51, 0x89, 0xd1, 0x83, 0xe1, 7], // push rcx; mov ecx, edx; and ecx, 7
    ...[...wide, 0x8d, 0x7b, 0x20, 0x8b, 0x07], // lea rdi, [rbx + 32]; mov eax, [rdi]
    ...[0xf3, 0xaa, 0x03, 0x07, 0x03, 0x57, 8], // rep stosb; add eax, [rdi]; add edx, [rdi + 8]
    ...[0x89, 0x43, 0x24, 0xb9, 3, 0, 0, 0], // mov [rbx + 36], eax; mov ecx, 3
    ...[0x03, 0x07, ...wide, 0x83, 0xc7, 8, 0xff, 0xc9, 0x75, 0xf6 + 1 - wide.length], // add eax, [rdi]; add rdi, 8; dec ecx; jnz to the first of these
    ...[0x59, ...wide, 0x83, 0xc3, 12, 0xff, 0xc9], // pop rcx; add rbx, 12; dec ecx
  ];
  return [...body, 0x0f, 0x85, ...new Uint8Array(Int32Array.of(-(body.length + 6)).buffer), 0xf4]; // jnz
};

const guest = (engine: Engine, code: readonly number[], bits: 64 | 32, from: bigint): Bare => {
  const made = new Bare(engine, code);
  const { ram } = made;
  ram.write64(0x2008, BigInt(directory) | 0x27n);
  ram.write64(directory, BigInt(tables) | 0x27n);
  for (let page = 0; page < pages; page++) {
    ram.write64(tables + 8 * page, BigInt((last - page) * 4096) | 0x67n);
    ram.write(
      (last - page) * 4096,
      Uint8Array.from({ length: 4096 }, (_, at) => (at * 7 + page * 31) & 255),
    );
  }
  if (bits === 32) setFlat(made.state, 32);
  made.set(rcx, BigInt(rounds));
  made.set(rbx, seen + from);
  made.set(rsp, seen + 0x7008n);
  return made;
};

const told = ({ processor, ram }: Bare): readonly unknown[] => [
  processor.save(),
  processor.instructions,
  Buffer.from(ram.bytes.slice(ram.begin + 0x1_0000, ram.begin + 0x3_2000)).toString('base64'),
];

suite('addresses near one that was found', () => {
  for (const bits of [64, 32] as const)
    for (const from of [32n, 30n, 0xfe4n])
      test(`are where the interpreter finds them: ${bits} bits, from ${from} on`, () => {
        const [one, other] = [interpreting, translating].map((engine) => guest(engine, codeOf(bits), bits, from)) as [Bare, Bare];
        for (const slice of [1, 977, 3, 5000, 20_000]) {
          const [a, b] = [one.processor.run(slice), other.processor.run(slice)];
          assert.deepEqual(b, a);
          assert.deepEqual(told(other), told(one));
        }
        assert.equal(other.processor.save().activity, 'halted');
        const { ran = 0 } = other.processor.translated?.visited() ?? {};
        assert.ok(ran > Number(other.processor.instructions) / 2, `${ran} of ${other.processor.instructions} instructions`);
      });

  test('are looked for anew in each round of a loop that no region begins with', () => {
    // Each eighth round goes through it three times: often enough to be in the region of the others, too seldom to be one.
    const inner = [0x03, 0x07, 0x48, 0x83, 0xc7, 8, 0xff, 0xc9, 0x75, 0xf6]; // add eax, [rdi]; add rdi, 8; dec ecx; jnz
    const seldom = [0x51, 0xb9, 3, 0, 0, 0, 0x48, 0x8d, 0x7b, 0x20, 0x8b, 0x07, ...inner, 0x59]; // push rcx; mov ecx, 3; lea rdi, [rbx + 32]; mov eax, [rdi]; pop rcx
    const body = [0xf6, 0xc1, 7, 0x75, seldom.length, ...seldom, 0x01, 0xc2, 0x89, 0x13, 0xff, 0xc9]; // test cl, 7; jnz; add edx, eax; mov [rbx], edx; dec ecx
    const code = [...body, 0x75, 256 - body.length - 2, 0xf4];
    const rarely = engineOf(table, interpreter, { translator: () => translator, often: 3200, isAtOnce: true });
    const [one, other] = [interpreting, rarely].map((engine) => guest(engine, code, 64, 0x100n)) as [Bare, Bare];
    for (const bare of [one, other]) bare.set(rcx, 20_000n);
    assert.deepEqual(other.processor.run(1_000_000), one.processor.run(1_000_000));
    assert.deepEqual(told(other), told(one));
    assert.equal(other.processor.save().activity, 'halted');
    assert.equal(other.processor.translated?.regions, 1);
  });
});
