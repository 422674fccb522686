import { equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { Segment, SegmentPart, State, segmentPlace } from '../isa/index.ts';
import { setReal } from './code/mode.ts';
import { Ram } from './memory/ram.ts';
import { Processor } from './processor.ts';
import { protectedEngine } from './stage/guest.ts';

const engine = protectedEngine();

/** In real-address mode, at an address of the first segment. */
const begin = (ram: Ram, at: number): Processor => {
  const processor = new Processor(ram, engine);
  const { state } = processor;
  setReal(state);
  const code = segmentPlace(Segment.cs);
  state.setUint16(code + SegmentPart.selector, 0, true);
  state.setBigUint64(code + SegmentPart.base, 0n, true);
  state.setBigUint64(State.rip, BigInt(at), true);
  processor.flush();
  return processor;
};

const ax = ({ state }: Processor): number => state.getUint16(State.gpr, true);

test('processors on one memory have registers of their own, and see what the others write', () => {
  const ram = new Ram(2 ** 20, 2);
  // inc word [2000]; mov ax, [2000]; hlt
  ram.write(0x1000, Uint8Array.of(0xff, 0x06, 0x00, 0x20, 0xa1, 0x00, 0x20, 0xf4));
  const [first, second] = [begin(ram, 0x1000), begin(ram, 0x1000)];
  equal(first.run(10).why, 'halt');
  equal(second.run(10).why, 'halt');
  equal(ax(first), 1);
  equal(ax(second), 2);
});

test('code that one processor writes is forgotten by the other', () => {
  const ram = new Ram(2 ** 20, 2);
  // again: mov ax, 1; jmp again
  ram.write(0x1000, Uint8Array.of(0xb8, 1, 0, 0xeb, 0xfb));
  // mov byte [1001], 7; hlt: it may write there before it is code.
  ram.write(0x3000, Uint8Array.of(0xc6, 0x06, 0x01, 0x10, 0x07, 0xf4));
  const [runner, writer] = [begin(ram, 0x1000), begin(ram, 0x3000)];
  runner.run(20);
  equal(ax(runner), 1);
  writer.run(10);
  runner.run(2);
  equal(ax(runner), 7);
});

test('a page that one processor wrote is watched once the other runs it', () => {
  const ram = new Ram(2 ** 20, 2);
  ram.write(0x1000, Uint8Array.of(0xb8, 1, 0, 0xeb, 0xfb));
  // again: inc byte [1001]; jmp again
  ram.write(0x3000, Uint8Array.of(0xfe, 0x06, 0x01, 0x10, 0xeb, 0xfa));
  const [runner, writer] = [begin(ram, 0x1000), begin(ram, 0x3000)];
  writer.run(6);
  runner.run(2);
  equal(ax(runner), 4);
  writer.run(2);
  runner.run(2);
  equal(ax(runner), 5);
});

test('no more processors come than the memory is for', () => {
  const ram = new Ram(2 ** 16);
  begin(ram, 0);
  throws(() => begin(ram, 0), /this memory is for 1 processors/);
  throws(() => new Ram(2 ** 16, 65), RangeError);
});
