/** Calls of a system of 32 bits, translated: INT n and IRET, SYSENTER and SYSEXIT, and the segments that are loaded on the way. Who interprets is asked for each interrupt, for it is heard. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gateOf, segmentOf } from '../../src/cpu/stage/guest.ts';
import { eachPair, general, Place, program, Selector, untilHalted, type Writing } from './stage.ts';

const user = { code: 0x1b, data: 0x23 } as const;
const own = 0x28;
const vector = 0x30;
const at = { user: 0x200, fast: 0x400, stack: Place.stack - 0x1000, inner: Place.stack - 0x2000 } as const;
const [si, di] = [6, 7];
const count = 60;

const double = (value: number): readonly number[] => [0, 8, 16, 24].map((by) => (value >>> by) & 0xff);
const pushed = (value: number): readonly number[] => [0x68, ...double(value)];
/** mov ax, selector; mov segment, ax */
const loaded = (number: number, selector: number): readonly number[] => [0x66, 0xb8, selector, 0, 0x8e, 0xc0 | (number << 3)];
const [es, ds, fs, gs] = [0, 3, 4, 5];

/** Pushes segments, loads its own, counts in FS's first number and adds it to esi, and pops them. */
const service = (ending: readonly number[]): Writing => {
  const begin = [0x1e, 0x06, 0x0f, 0xa0, ...loaded(ds, Selector.data), ...loaded(es, Selector.data), ...loaded(fs, own)];
  const counted = [0x64, 0xff, 0x05, ...double(0), 0x64, 0x03, 0x35, ...double(0)];
  return (code) => code.put(...begin, ...counted, 0x0f, 0xa1, 0x07, 0x1f, ...ending);
};

const calling = program(
  32,
  (code) => {
    const pad = (to: number): void => {
      while (code.length < to) code.put(0x90);
    };
    for (const segment of [es, ds, gs]) code.put(...loaded(segment, user.data));
    code.put(...loaded(fs, 0));
    for (const value of [user.data, at.stack, 2, user.code, Place.code + at.user]) code.put(...pushed(value));
    code.put(0xcf);
    pad(at.user);
    code.put(0xbf, ...double(count));
    const top = Symbol('top');
    code.label(top);
    code.put(0xcd, vector, 0x89, 0xe1);
    // mov edx, behind; sysenter
    const behind = Place.code + code.length + 7;
    code.put(0xba, ...double(behind), 0x0f, 0x34);
    code.put(0xff, 0xcf);
    code.jumpIf(5, top);
    // HLT, of a user: #GP.
    code.put(0xf4);
    pad(at.fast);
    service([0x0f, 0x35])(code);
  },
  {
    handlers: { [vector]: service([0xcf]) },
    also: (view) => {
      view.setBigUint64(Place.gdt + (user.code & ~3), segmentOf(0, 0xf_ffff, 0xc0fb), true);
      view.setBigUint64(Place.gdt + (user.data & ~3), segmentOf(0, 0xf_ffff, 0xc0f3), true);
      view.setBigUint64(Place.gdt + own, segmentOf(Place.other, 0xfff, 0x4093), true);
      view.setBigUint64(Place.idt + 8 * vector, gateOf(Selector.code, Place.handlers + 64 * vector, 0xef), true);
      view.setUint32(Place.task + 4, at.inner, true);
      view.setUint32(Place.task + 8, Selector.data, true);
    },
  },
);

test('calls of a system do translated what they do interpreted, however many instructions at a time', () => {
  const sysenter: readonly (readonly [number: number, value: number])[] = [
    [0x174, Selector.code],
    [0x175, at.inner],
    [0x176, Place.code + at.fast],
  ];
  const others = calling.state.models.filter(({ number }) => sysenter.every(([one]) => one !== number));
  const models = [...others, ...sysenter.map(([number, value]) => ({ number, value: BigInt(value) }))];
  const state = { ...calling.state, models: models.toSorted((a, b) => a.number - b.number) };
  for (const atATime of [20_000, 7, 1])
    eachPair((pair) => {
      pair.set(state, calling.memory);
      untilHalted(pair, atATime);
      assert.equal(general(pair, di), 0);
      assert.equal(general(pair, si), count * (2 * count + 1));
    });
});
