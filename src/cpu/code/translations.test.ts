import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families, interpreterOf, State, supervising, Translator, tableOf } from '../../isa/index.ts';
import { type Engine, engineOf } from '../engine.ts';
import { Bare } from '../stage/bare.ts';

const { arithmetic, branch, flag, move, shift, stack } = families;
const table = tableOf([...arithmetic, ...branch, ...flag, ...move, ...shift, ...stack, ...Object.values(supervising).flat()]);
const interpreter = interpreterOf(table.forms);
const translator = new Translator(interpreter.numberOf, table.forms);
const interpreting = engineOf(table, interpreter);
const translating = engineOf(table, interpreter, { translator: () => translator, often: 20, isAtOnce: true });

const data = 0x2_0000n;

const guest = (engine: Engine, code: readonly number[]): Bare => {
  const made = new Bare(engine, code);
  made.set(State.gpr + 8 * 3, data);
  made.set(State.gpr + 8 * 4, 0x3_0000n);
  return made;
};

/** What can be told of it. */
const told = ({ processor, ram }: Bare): readonly unknown[] => [
  processor.save(),
  processor.instructions,
  Buffer.from(ram.bytes.slice(ram.begin + 0x1_0000, ram.begin + 0x4_0000)).toString('base64'),
];

/** Runs code both ways in slices of these lengths by turns, and compares all that can be told after each. */
const compare = (code: readonly number[], slices: readonly number[], most: bigint): Bare => {
  const [one, other] = [guest(interpreting, code), guest(translating, code)];
  for (let turn = 0; one.processor.instructions < most; turn++) {
    const slice = slices[turn % slices.length] ?? 1;
    const [a, b] = [one.processor.run(slice), other.processor.run(slice)];
    assert.deepEqual(b, a);
    assert.deepEqual(told(other), told(one));
    if (a.why !== 'budget') break;
  }
  return other;
};

/** mov ecx, count */
const counted = (count: number): readonly number[] => [0xb9, count & 255, (count >> 8) & 255, 0, 0];

test('CF stays under INC and DEC, whoever looks at it behind them, and wherever it was set', () => {
  const code = [
    ...counted(2000),
    ...[0x05, 0xb1, 0x79, 0x37, 0x9e], // add eax, 0x9e3779b1
    ...[0x39, 0xd0, 0x7a, 2, 0x89, 0xc5], // cmp eax, edx; jp over the next; mov ebp, eax
    ...[0xff, 0xc2, 0xff, 0xcf], // inc edx; dec edi
    ...[0x89, 0x93, 0, 1, 0, 0], // mov [rbx + 0x100], edx
    ...[0xff, 0x83, 4, 1, 0, 0], // inc dword [rbx + 0x104]
    ...[0x83, 0xd6, 0, 0xff, 0xc7], // adc esi, 0; inc edi
    ...[0x0f, 0x92, 0x83, 8, 1, 0, 0], // setc [rbx + 0x108]
    ...[0xff, 0xc9, 0x75, 0xd5], // dec ecx; jnz
    0xf4,
  ];
  const { processor } = compare(code, [1, 977, 3, 20_000, 2, 57], 60_000n);
  assert.ok((processor.translated?.regions ?? 0) > 0);
  assert.equal(processor.save().activity, 'halted');
});

test('a loop with memory, a call and flags runs the same, whatever its slices', () => {
  const code = [
    ...[...counted(2000), 0x31, 0xc0],
    ...[0x01, 0xc8], // add eax, ecx
    ...[0x89, 0x83, 0, 1, 0, 0], // mov [rbx + 0x100], eax
    ...[0x11, 0xc2], // adc edx, eax
    ...[0x33, 0x93, 0, 1, 0, 0], // xor edx, [rbx + 0x100]
    ...[0xe8, 5, 0, 0, 0], // call
    ...[0xff, 0xc9, 0x75, 0xe7], // dec ecx; jnz
    0xf4,
    ...[0x50, 0xc1, 0xca, 3, 0x58, 0xc3], // push rax; ror edx, 3; pop rax; ret
  ];
  const { processor } = compare(code, [1, 977, 3, 20_000, 2, 57], 40_000n);
  assert.ok((processor.translated?.regions ?? 0) > 0);
  assert.equal(processor.save().activity, 'halted');
});

test('code that is written while it runs is run as it was written', () => {
  const code = [
    ...counted(500),
    ...[0x80, 0x05, 1, 0, 0, 0, 1], // add byte [rip + 1], 1: the immediate below
    ...[0x04, 0], // add al, immediate
    ...[0xff, 0xc9, 0x75, 0xf3], // dec ecx; jnz
    0xf4,
  ];
  compare(code, [7, 1000, 131], 5000n);
});

test('a region is forgotten with its code, and made anew', () => {
  const { ram, processor, ...rest } = guest(translating, [0xff, 0xc0, 0xeb, 0xfc]); // inc eax; jmp
  assert.ok(rest);
  processor.run(10_000);
  assert.equal(processor.translated?.regions, 1);
  ram.readers.spoil(Number(Bare.at), 1);
  ram.write(Number(Bare.at), Uint8Array.of(0xff, 0xc8)); // dec eax
  const before = processor.state.getUint32(State.gpr, true);
  processor.run(10_000);
  assert.equal(processor.translated.forgotten, 1);
  assert.equal(processor.state.getUint32(State.gpr, true), (before - 5000) >>> 0);
  assert.equal(processor.translated.regions, 2);
});

test('visits and what they ran are counted of regions that are no more, too', () => {
  const { ram, processor } = guest(translating, [0xff, 0xc0, 0xeb, 0xfc]); // inc eax; jmp
  const told = () => processor.translated?.visited() ?? { visits: 0, ran: 0 };
  const isIn = (offset: bigint) => processor.translated?.has(Bare.at + offset);
  processor.run(10_000);
  const first = told();
  assert.ok(first.visits > 0 && first.ran > 9900 && first.ran <= 10_000, JSON.stringify(first));
  assert.deepEqual([0n, 3n, 4n].map(isIn), [true, true, false]);
  ram.readers.spoil(Number(Bare.at), 1);
  assert.deepEqual([told(), isIn(0n)], [first, false]);
  processor.run(10_000);
  const second = told();
  assert.ok(second.ran > 19_800 && second.ran <= 20_000, JSON.stringify(second));
  processor.forget();
  assert.deepEqual(told(), second);
});

test('a jump to any address finds its way within a region, and out of it', () => {
  const code = [
    ...counted(3000),
    ...[0x48, 0x8d, 0x15, 12, 0, 0, 0], // lea rdx, [rip + 12]
    ...[0x89, 0xc8, 0x83, 0xe0, 1], // mov eax, ecx; and eax, 1
    ...[0x48, 0x8d, 0x14, 0xc2], // lea rdx, [rdx + 8 * rax]
    ...[0xff, 0xe2, 0xcc], // jmp rdx
    ...[0xff, 0xc6, 0xeb, 12, 0xcc, 0xcc, 0xcc, 0xcc], // inc esi; jmp
    ...[0x83, 0xc7, 3, 0xeb, 3, 0xcc, 0xcc, 0xcc], // add edi, 3; jmp
    ...[0xff, 0xc9, 0x75, 0xd9], // dec ecx; jnz
    0xf4,
  ];
  const { processor } = compare(code, [100_000, 11], 40_000n);
  assert.equal(processor.state.getUint32(State.gpr + 8 * 7, true), 4500);
  assert.equal(processor.state.getUint32(State.gpr + 8 * 6, true), 1500);
});

test('what lets interrupts in, or may trap, goes on within a region, and out of it', () => {
  const loop = [
    ...[0x9c, 0xfa, 0x01, 0xc8, 0x9d], // pushfq; cli; add eax, ecx; popfq
    ...[0xfb, 0x31, 0xc2], // sti; xor edx, eax
    ...[0xff, 0xc9, 0x75, 0xf4], // dec ecx; jnz
  ];
  const { processor } = compare([...counted(3000), ...loop, 0xf4], [1, 977, 3, 20_000, 2, 57], 30_000n);
  const { visits, ran } = processor.translated?.visited() ?? { visits: 1, ran: 0 };
  assert.ok(ran > 100 * visits, `${ran} instructions in ${visits} visits`);
  // TF comes with POPFQ, and with the next instruction the trap.
  const trapping = [0x9c, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x9d]; // pushfq; or dword [rsp], 0x100; popfq
  compare([...counted(500), ...trapping, 0xff, 0xc9, 0x75, 0xf3, 0xf4], [1000, 1, 7], 5000n);
});

test('a function that is called through a register is translated with who calls it', () => {
  const { processor } = guest(translating, [
    ...[0xb9, 0x80, 0x1a, 6, 0], // mov ecx, 400000
    ...[0x48, 0x8d, 0x05, 7, 0, 0, 0], // lea rax, [rip + 7]
    ...[0xff, 0xd0, 0xff, 0xc9, 0x75, 0xfa], // call rax; dec ecx; jnz
    0xf4,
    ...[0xff, 0xc2, 0xc3], // inc edx; ret
  ]);
  while (processor.run(5000).why === 'budget');
  assert.equal(processor.save().activity, 'halted');
  const { visits, ran } = processor.translated?.visited() ?? { visits: 1, ran: 0 };
  // Each call and each return would be a visit.
  assert.ok(ran > 50 * visits, `${ran} instructions in ${visits} visits`);
});

test('a region is translated anew for one more entrance where that was wanted for longer than a region by itself is', () => {
  const later = engineOf(table, interpreter, { translator: () => translator, often: 2000 });
  const [long, elsewhere] = [800, 0x400];
  const seldom = long + 14;
  const back = 2 ** 32 - seldom;
  const loop = [
    ...Array.from({ length: long / 2 }, () => [0xff, 0xc2]).flat(), // inc edx
    ...[0xff, 0xc6, 0xf7, 0xc6, 3, 0, 0, 0], // inc esi; test esi, 3
    ...[0x0f, 0x85, ...[0, 8, 16, 24].map((shift) => (back >>> shift) & 255)], // jnz to the beginning
    ...[0xff, 0xc5, 0xff, 0xe3], // inc ebp; jmp rbx
  ];
  const made = guest(later, [...loop, ...Array.from({ length: elsewhere - loop.length }, () => 0x90), 0xff, 0xc7, 0xff, 0xe0]); // inc edi; jmp rax
  const { processor } = made;
  const runs = (turns: number): number => {
    for (let turn = 0; turn < turns; turn++) processor.run(260_000);
    return processor.translated?.regions ?? 0;
  };
  made.set(State.gpr + 8 * 3, Bare.at);
  assert.equal(runs(12), 1);
  // What the loop seldom does by turns with what is elsewhere, which is a region by itself.
  made.set(State.gpr + 8 * 3, Bare.at + BigInt(elsewhere));
  made.set(State.gpr, Bare.at + BigInt(seldom));
  made.set(State.rip, Bare.at + BigInt(elsewhere));
  assert.equal(runs(12), 2);
  const all = runs(24);
  assert.ok(all > 2, `${all} regions`);
});

test('what was translated stays when there is no room for what is only predecoded', () => {
  const made = guest(translating, [0xff, 0xc0, 0xeb, 0xfc]); // inc eax; jmp
  const { processor, ram } = made;
  processor.run(10_000);
  assert.equal(processor.translated?.regions, 1);
  // One jump after the other, each a block, through all of memory, until all records were taken more than once.
  const before = processor.state.getUint32(State.gpr, true);
  const [from, count] = [0x4_0000, 0x1_8000];
  for (let at = 0; at < count; at++) ram.write(from + 4 * at, Uint8Array.of(0xeb, 2, 0, 0));
  ram.write(from + 4 * (count - 1), Uint8Array.of(0xf4));
  made.set(State.rip, BigInt(from));
  assert.equal(processor.run(count * 2).why, 'halt');
  made.set(State.rip, Bare.at);
  processor.state.setUint32(State.activity, 0, true);
  processor.run(10_000);
  assert.deepEqual([processor.translated.regions, processor.translated.forgotten], [1, 0]);
  assert.equal(processor.state.getUint32(State.gpr, true), before + 5000);
});

test('where there is no room for more regions those go that are visited least', () => {
  const few = engineOf(table, interpreter, { translator: () => translator, often: 20, isAtOnce: true, places: 8 });
  const count = 40;
  // Functions of a loop each: mov ecx, 50; inc edx; dec ecx; jnz; ret. One is called as often as all others.
  const loop = [...counted(50), 0xff, 0xc2, 0xff, 0xc9, 0x75, 0xfa, 0xc3];
  const calls = Array.from({ length: 2 * count }, (_, at) => (at % 2 === 0 ? 0 : at >> 1)).flatMap((callee, at) => {
    const to = 10 * count + 7 + callee * loop.length - 5 * (at + 1);
    return [0xe8, to & 255, to >> 8, 0, 0];
  });
  const code = [...calls, 0xbf, 1, 0, 0, 0, 0xf4, 0x90, ...Array.from({ length: count }, () => loop).flat()];
  const made = guest(few, code);
  const edx = (): number => made.processor.state.getUint32(State.gpr + 8 * 2, true);
  const before = edx();
  for (let round = 0; round < 3; round++) {
    made.set(State.rip, Bare.at);
    made.processor.state.setUint32(State.activity, 0, true);
    assert.equal(made.processor.run(1_000_000).why, 'halt');
  }
  assert.equal(edx() - before, 3 * 50 * 2 * count);
  const { regions = 0, forgotten = 0 } = made.processor.translated ?? {};
  assert.ok(regions > count, `${regions} regions`);
  assert.ok(regions - forgotten > 0 && regions - forgotten <= 8, `${regions} regions, ${forgotten} forgotten`);
});
