/** What a program finds where there are registers of devices, memory that can't be written, memory that moves, and a line A20 that is held low. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families, State } from '../../isa/index.ts';
import { setFlat } from '../code/mode.ts';
import { Processor } from '../processor.ts';
import { engineOfRows } from '../stage/engine.ts';
import { Ram } from './ram.ts';

const { move, arithmetic, string, stack, flag } = families;
const engine = engineOfRows(move, arithmetic, string, stack, flag);

const Place = { code: 0x1000, rom: 0xf_0000, window: 0xa_0000, frame: 0xe000_0000 } as const;
const double = (value: number): readonly number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

/** Runs instructions of 32-bit code, flat, and returns eax. */
const stage = () => {
  const asked: string[] = [];
  const ram = new Ram([
    { at: 0, bytes: 0xa_0000, isWritable: true },
    { at: Place.rom, bytes: 0x4000, isWritable: true },
    { at: Place.rom, bytes: 0x1_0000, isWritable: false },
    { at: undefined, bytes: 0x1_0000, isWritable: true },
    { at: 0x10_0000, bytes: 0x10_0000, isWritable: true },
  ]);
  const [, shadow, rom, frame] = ram.areas;
  assert.ok(shadow && rom && frame);
  ram.allow(shadow, false, false);
  const space = {
    has: (physical: number) => physical >= Place.window && physical < Place.window + 0x1000,
    read: (physical: number, bytes: number) => {
      asked.push(`read ${bytes} at ${physical - Place.window}`);
      return new Uint8Array(bytes).fill(0x11);
    },
    write: (physical: number, bytes: Uint8Array) => void asked.push(`write ${bytes.toHex()} at ${physical - Place.window}`),
  };
  const processor = new Processor(ram, engine, undefined, { space });
  const run = (count: number, ...code: readonly number[]): number => {
    ram.write(Place.code, Uint8Array.from(code));
    processor.forget();
    return go(count, Place.code);
  };
  const go = (count: number, at: number): number => {
    processor.state.setBigUint64(State.rip, BigInt(at), true);
    const exit = processor.run(count);
    assert.equal(exit.why, 'budget');
    return processor.state.getUint32(State.gpr, true);
  };
  processor.state.setBigUint64(State.cr0, 1n, true);
  setFlat(processor.state, 32);
  return { ram, run, go, asked, shadow, rom, frame };
};
const load = (at: number): readonly number[] => [0xa1, ...double(at)];
const store = (at: number, value: number): readonly number[] => [0xc7, 0x05, ...double(at), ...double(value)];

test('a store to registers doesn’t read them, and what changes them does', () => {
  const { run, asked } = stage();
  run(1, ...store(Place.window + 4, 0x1234_5678));
  assert.deepEqual(asked.splice(0), ['write 78563412 at 4']);
  run(1, 0x80, 0x0d, ...double(Place.window), 0x22); // or byte [window], 0x22
  assert.deepEqual(asked.splice(0), ['read 1 at 0', 'write 33 at 0']);
  assert.equal(run(1, ...load(Place.window)), 0x1111_1111);
  assert.deepEqual(asked.splice(0), ['read 4 at 0']);
});

test('over the end of memory registers take their part', () => {
  const { run, asked, ram } = stage();
  run(1, ...store(Place.window - 2, 0x4433_2211));
  assert.deepEqual(asked, ['write 3344 at 0']);
  assert.equal(ram.read32(Place.window - 4), 0x2211_0000);
});

test('what can’t be written stays, and is read and run as memory is', () => {
  const { run, ram } = stage();
  ram.write(Place.rom, Uint8Array.of(1, 2, 3, 4));
  assert.equal(run(3, ...load(Place.rom), ...store(Place.rom, 0), ...load(Place.rom)), 0x0403_0201);
});

test('memory that is hidden shows what lies behind it, which code is there, and takes no writes', () => {
  const { run, ram, shadow, rom } = stage();
  ram.allow(shadow, true, true);
  ram.view.setUint32(rom.place, 0x0403_0201, true);
  ram.view.setUint32(shadow.place, 5, true);
  const reads = (): number => run(1, ...load(Place.rom));
  assert.equal(reads(), 5);
  ram.allow(shadow, false, false);
  assert.equal(reads(), 0x0403_0201);
  run(1, ...store(Place.rom, 7));
  ram.allow(shadow, true, false);
  run(1, ...store(Place.rom, 8));
  assert.equal(reads(), 5);
  ram.allow(shadow, true, true);
  run(1, ...store(Place.rom, 9));
  assert.equal(reads(), 9);
});

test('where reads and writes go apart, what changes memory reads the one and writes the other', () => {
  const { run, ram, shadow, rom } = stage();
  ram.view.setUint32(rom.place, 0x100, true);
  ram.allow(shadow, false, true);
  run(2, ...[0x83, 0x05, ...double(Place.rom), 5], ...[0x83, 0x05, ...double(Place.rom), 6]); // add dword [rom], 5; and 6
  assert.equal(ram.view.getUint32(shadow.place, true), 0x106);
  assert.equal(run(2, ...store(Place.rom, 3), ...load(Place.rom)), 0x100);
  assert.equal(ram.view.getUint32(rom.place, true), 0x100);
});

test('code that is hidden and shown is the one that is there', () => {
  const { go, ram, shadow, rom } = stage();
  for (const [area, value] of [
    [rom, 1],
    [shadow, 2],
  ] as const)
    ram.bytes.set([0xb8, ...double(value)], area.place); // mov eax, value
  const runs = (): number => go(1, Place.rom);
  ram.allow(shadow, true, true);
  assert.equal(runs(), 2);
  ram.allow(shadow, false, false);
  assert.equal(runs(), 1);
  ram.allow(shadow, true, false);
  assert.equal(runs(), 2);
});

test('memory that comes to lie somewhere is found there, and no longer where it was', () => {
  const { run, ram, frame } = stage();
  assert.equal(run(1, ...load(Place.frame)), 0xffff_ffff);
  ram.move(frame, Place.frame);
  run(1, ...store(Place.frame + 8, 77));
  assert.equal(ram.view.getUint32(frame.place + 8, true), 77);
  assert.equal(run(1, ...load(Place.frame + 8)), 77);
  ram.move(frame, Place.frame + 0x10_0000);
  assert.equal(run(1, ...load(Place.frame + 8)), 0xffff_ffff);
  assert.equal(run(1, ...load(Place.frame + 0x10_0008)), 77);
});

test('while A20 is held low, the second mebibyte is the first', () => {
  const { run, ram } = stage();
  run(2, ...store(0x500, 5), ...store(0x10_0500, 6));
  assert.equal(ram.read32(0x500), 5);
  ram.isWrapped = true;
  assert.equal(run(1, ...load(0x10_0500)), 5);
  run(1, ...store(0x10_0500, 7));
  ram.isWrapped = false;
  assert.equal(run(1, ...load(0x500)), 7);
  assert.equal(run(1, ...load(0x10_0500)), 6);
});
