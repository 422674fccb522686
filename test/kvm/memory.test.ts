/** Guest memory as a processor of the kernel's reaches it: areas that move, that are for reading alone or elsewhere for writing, line A20; and which pages were written. */
import { deepEqual, equal } from 'node:assert/strict';
import { closeSync, readSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { memoryOf } from '../../src/board/memory.ts';
import { engine } from '../../src/computer/engine/index.ts';
import { type Area, type AreaPlan, Ram } from '../../src/cpu/index.ts';
import { emptyPages } from '../../src/host/kernel/heap.ffi.ts';
import { mapFile, memoryFile } from '../../src/host/kernel/libc.ffi.ts';
import { probeKvmBasics } from '../../src/host/kvm/index.ts';
import { KvmBoard, KvmCpu } from '../../src/kvm/index.ts';
import { gpa } from '../../src/machine/index.ts';
import { runToStop, stop, stopAt } from './pair.ts';

const basics = probeKvmBasics();
const skip = basics.ok ? false : basics.why;

const kib = 1024;
const low: AreaPlan = { at: 0, bytes: 64 * kib, isWritable: true };
const codeAt = 0x7c00;

class Stage implements Disposable {
  readonly ram: Ram;
  readonly board: KvmBoard;
  readonly #cpu: KvmCpu;

  constructor(...areas: readonly AreaPlan[]) {
    this.ram = new Ram([low, ...areas]);
    this.board = new KvmBoard(this.ram);
    const cpu = new KvmCpu(this.board, engine(), { read: () => 0, write: (port) => port === stopAt && cpu.kick() });
    this.#cpu = cpu;
  }

  area(index: number): Area {
    const area = this.ram.areas[index];
    if (area === undefined) throw new Error(`there is no area ${index}`);
    return area;
  }

  /** What is in the first bytes of an area. */
  in(index: number): number {
    return this.ram.bytes[this.area(index).place] ?? -1;
  }

  put(index: number, byte: number): void {
    this.ram.bytes[this.area(index).place] = byte;
  }

  /** mov ax, SEGMENT; mov ds, ax; mov al, [OFFSET]; or mov byte [OFFSET], VALUE. Returns what was read. */
  touch(at: number, value?: number): number {
    const [segment, offset] = at < 0x10_0000 ? [at >> 4, 0] : [0xffff, at - 0xf_fff0];
    const deed = value === undefined ? [0xa0, offset, 0] : [0xc6, 6, offset, 0, value];
    this.ram.write(codeAt, Uint8Array.of(0xb8, segment & 0xff, segment >> 8, 0x8e, 0xd8, ...deed, ...stop));
    const cpu = this.#cpu;
    cpu.reset();
    cpu.load({ ...cpu.save(), cs: { selector: 0, base: 0n, limit: 0xffff, rights: 0x93 }, rip: BigInt(codeAt) });
    equal(runToStop(cpu), 'kick');
    return Number((cpu.save().general[0] ?? 0n) & 0xffn);
  }

  [Symbol.dispose](): void {
    this.board[Symbol.dispose]();
  }
}

const area = (at: number | undefined, isWritable = true): AreaPlan => ({ at, bytes: 64 * kib, isWritable });

test('an area that moves is found where it is, and where it was is nothing', { skip }, () => {
  using stage = new Stage(area(0x2_0000));
  stage.put(1, 7);
  equal(stage.touch(0x2_0000), 7);
  stage.ram.move(stage.area(1), 0x3_0000);
  equal(stage.touch(0x2_0000), 0xff);
  equal(stage.touch(0x3_0000), 7);
  stage.ram.move(stage.area(1), undefined);
  equal(stage.touch(0x3_0000), 0xff);
  stage.touch(0x3_0000, 9);
  equal(stage.in(1), 7);
});

test('of two areas at an address the first is reached, and the second where that is gone', { skip }, () => {
  using stage = new Stage(area(0x2_0000), area(0x2_0000));
  stage.put(1, 1);
  stage.put(2, 2);
  equal(stage.touch(0x2_0000), 1);
  stage.ram.move(stage.area(1), undefined);
  equal(stage.touch(0x2_0000), 2);
});

test('what is for reading alone keeps what it has', { skip }, () => {
  using stage = new Stage(area(0x2_0000, false));
  stage.put(1, 5);
  stage.touch(0x2_0000, 6);
  equal(stage.touch(0x2_0000), 5);
  equal(stage.in(1), 5);
});

test('memory that is hidden behind firmware takes writes, while reads see the firmware', { skip }, () => {
  using stage = new Stage(area(0x2_0000), area(0x2_0000, false));
  stage.put(2, 0xf0);
  stage.ram.allow(stage.area(1), false, true);
  equal(stage.touch(0x2_0000), 0xf0);
  stage.touch(0x2_0000, 8);
  deepEqual([stage.touch(0x2_0000), stage.in(1)], [0xf0, 8]);
  stage.ram.allow(stage.area(1), true, false);
  equal(stage.touch(0x2_0000), 8);
  stage.touch(0x2_0000, 9);
  equal(stage.in(1), 8, 'it is write-protected');
});

test('while line A20 is low, the second MiB is the first', { skip }, () => {
  using stage = new Stage(area(0x10_0000));
  stage.put(0, 2);
  stage.put(1, 3);
  equal(stage.touch(0x10_0000), 3);
  stage.ram.isWrapped = true;
  equal(stage.touch(0x10_0000), 2);
  stage.touch(0x10_0000, 4);
  deepEqual([stage.in(0), stage.in(1)], [4, 3]);
  stage.ram.isWrapped = false;
  equal(stage.touch(0x10_0000), 3);
});

const pageOf = (stage: Stage, index: number, offset: number): number => (stage.area(index).place + offset) / 4096;

test('pages that a guest or a device writes are told once, whichever slots come and go', { skip }, () => {
  using stage = new Stage(area(0x2_0000), area(0x4_0000));
  stage.touch(0x2_0000, 1);
  deepEqual([...stage.board.slots.takeWritten()], [], 'nobody wanted to know');
  stage.board.slots.isWatched = true;
  stage.board.slots.takeWritten();
  stage.touch(0x2_1000, 1);
  stage.touch(0x4_3000, 1);
  const written = [...stage.board.slots.takeWritten()];
  // The code that it runs is put there from outside.
  deepEqual(written, [pageOf(stage, 1, 0x1000), pageOf(stage, 2, 0x3000)]);
  deepEqual([...stage.board.slots.takeWritten()], []);
  memoryOf(stage.ram).write(gpa(0x2_2ff8), new Uint8Array(16));
  stage.touch(0x4_5000, 1);
  // What is hidden goes by another slot.
  stage.ram.allow(stage.area(2), true, false);
  stage.touch(0x2_4000, 1);
  const all = [pageOf(stage, 1, 0x2000), pageOf(stage, 1, 0x3000), pageOf(stage, 1, 0x4000), pageOf(stage, 2, 0x5000)];
  deepEqual([...stage.board.slots.takeWritten()], all);
  stage.ram.allow(stage.area(2), true, true);
  stage.ram.move(stage.area(2), undefined);
  equal(stage.board.slots.takeWritten().length, 16, 'an area that moves counts as written');
  stage.board.slots.isWatched = false;
  stage.touch(0x2_0000, 1);
  deepEqual([...stage.board.slots.takeWritten()], []);
});

test('pages that are given back to the host, and such as are a file’s from then on, are so for the guest at once', { skip }, () => {
  using stage = new Stage(area(0x2_0000));
  stage.touch(0x2_0000, 7);
  const { place, bytes } = stage.area(1);
  const memory = stage.ram.bytes.subarray(place, place + bytes);
  emptyPages(memory);
  equal(stage.touch(0x2_0000), 0);
  const file = memoryFile('test');
  try {
    writeSync(file, new Uint8Array(bytes).fill(9));
    mapFile(file, 0, memory);
    equal(stage.touch(0x2_0000), 9);
    stage.touch(0x2_0000, 8);
    deepEqual([stage.in(1), readByte(file)], [8, 9], 'what the guest writes is its own');
  } finally {
    closeSync(file);
  }
});

const readByte = (file: number): number => {
  const one = new Uint8Array(1);
  readSync(file, one, 0, 1, 0);
  return one[0] ?? -1;
};
