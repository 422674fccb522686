/** From real-address mode to 64-bit mode, as systems start: SDM Vol. 3A, 10.9.1 and 11.8.5. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families, Segment, State, supervising } from '../isa/index.ts';
import { setReal } from './code/mode.ts';
import { Ram } from './memory/ram.ts';
import { Processor } from './processor.ts';
import { Registers } from './registers.ts';
import { engineOfRows } from './stage/engine.ts';
import { double, gateOf, Rights, segmentOf, word } from './stage/guest.ts';
import { longCode } from './stage/long-guest.ts';

const Place = {
  gdt: 0x1000,
  idt: 0x2000,
  task: 0x4000,
  pointers: 0x5000,
  stack: 0x7000,
  real: 0x7c00,
  handler: 0x8000,
  tables: 0x1_0000,
} as const;
const Selector = { code: 0x08, data: 0x10, long: 0x18, task: 0x20 } as const;

test('a processor goes from real-address mode to 64-bit mode, takes an interrupt there and comes back', () => {
  const { move, arithmetic, stack } = families;
  const ram = new Ram(2 ** 21);
  const processor = new Processor(ram, engineOfRows(move, arithmetic, stack, ...Object.values(supervising)));
  const { state } = processor;
  const registers = new Registers(state);
  for (const [selector, descriptor] of [
    [Selector.code, segmentOf(0, 0xf_ffff, Rights.code)],
    [Selector.data, segmentOf(0, 0xf_ffff, Rights.data)],
    [Selector.long, segmentOf(0, 0, longCode)],
    [Selector.task, segmentOf(Place.task, 0x67, Rights.task)],
  ] as const)
    ram.write64(Place.gdt + selector, descriptor);
  ram.write64(Place.idt + 16 * 0x30, gateOf(Selector.long, Place.handler, Rights.interrupt));
  ram.write(Place.pointers, Uint8Array.from([...word(0x2f), ...double(Place.gdt)]));
  ram.write(Place.pointers + 16, Uint8Array.from([...word(0xfff), ...double(Place.idt), ...double(0)]));
  ram.write64(Place.tables, BigInt(Place.tables + 0x1003));
  ram.write64(Place.tables + 0x1000, BigInt(Place.tables + 0x2003));
  ram.write64(Place.tables + 0x2000, 0x83n);

  const real = [
    ...[0x0f, 0x01, 0x16, ...word(Place.pointers)], // lgdt [pointers]
    ...[0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0], // mov eax, cr0; or al, 1; mov cr0, eax
  ];
  const protectedAt = Place.real + real.length + 8;
  const jumpToProtected = [0x66, 0xea, ...double(protectedAt), ...word(Selector.code)];
  const protectedCode = [
    ...[0x66, 0xb8, ...word(Selector.data), 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, ...double(Place.stack)], // mov ds, ss; mov esp
    ...[0xb8, ...double(Place.tables), 0x0f, 0x22, 0xd8], // mov cr3
    ...[0x0f, 0x20, 0xe0, 0x83, 0xc8, 0x20, 0x0f, 0x22, 0xe0], // CR4.PAE
    ...[0xb9, ...double(0xc000_0080), 0x0f, 0x32, 0x80, 0xcc, 0x01, 0x0f, 0x30], // EFER.LME
    ...[0x0f, 0x20, 0xc0, 0x0d, ...double(0x8000_0000), 0x0f, 0x22, 0xc0], // CR0.PG
  ];
  const longAt = protectedAt + protectedCode.length + 7;
  const jumpToLong = [0xea, ...double(longAt), ...word(Selector.long)];
  const long = [
    ...[0x0f, 0x01, 0x1c, 0x25, ...double(Place.pointers + 16)], // lidt
    ...[0x66, 0xb8, ...word(Selector.task), 0x0f, 0x00, 0xd8], // ltr ax
    ...[0x31, 0xdb, 0xcd, 0x30, 0xf4], // xor ebx, ebx; int 0x30; hlt
  ];
  ram.write(Place.real, Uint8Array.from([...real, ...jumpToProtected, ...protectedCode, ...jumpToLong, ...long]));
  ram.write(Place.handler, Uint8Array.of(0xff, 0xc3, 0x48, 0xcf)); // inc ebx; iretq

  processor.reset();
  setReal(state);
  for (const segment of Object.values(Segment)) registers.setSegment(segment, { selector: 0, base: 0n, limit: 0xffff, rights: 0x93 });
  registers.rip = BigInt(Place.real);
  assert.deepEqual(processor.run(1000), { why: 'halt' });
  assert.deepEqual([registers.rip, registers.general(3), registers.stackPointer], [BigInt(longAt + long.length), 1n, BigInt(Place.stack)]);
  assert.deepEqual(
    [registers.is64, registers.segment(Segment.cs).selector, registers.loaded(State.tr).selector],
    [true, Selector.long, Selector.task],
  );
});
