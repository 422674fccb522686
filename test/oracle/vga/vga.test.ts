/** The VGA compared with QEMU's: the same registers written and the same memory, in the standard modes and those of the display interface. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Random } from '../../../src/devices/stage/index.ts';
import { type Mode, modes } from '../../../src/devices/vga/stage/modes.ts';
import { difference, level, pairOf } from './pair.ts';
import { Qtest } from './qtest.ts';

type Pair = ReturnType<typeof pairOf>;

/** Both with the first half MiB cleared, as the display interface does when it is enabled, and the same in the latches. */
const begin = (qtest: Qtest): Pair => {
  const pair = pairOf(qtest);
  for (const [register, value] of [
    [4, 0],
    [3, 8],
    [1, 1024],
    [2, 512],
    [4, 0x41],
    [4, 0],
  ] as const)
    pair.setDispi(register, value);
  pair.out(0x3c2, 0x67);
  pair.sequencer(4, 6);
  pair.graphics(5, 0);
  pair.graphics(6, 4);
  pair.peek(0xa_0000);
  return pair;
};

const setColours = ({ setColour }: Pair, random: Random): void => {
  for (let index = 0; index < 256; index++)
    setColour(
      index,
      [0, 1, 2].map(() => level(random.below(16))),
    );
};

/** Registers of the graphics controller and planes, then memory: whatever a guest may do in a mode of four planes. */
const drawPlanes = ({ graphics, sequencer, poke, peek }: Pair, random: Random, bytes: number): void => {
  for (let round = 0; round < 400; round++) {
    for (const index of [0, 1, 2, 3, 4, 7, 8]) if (random.below(2) === 0) graphics(index, random.word() & 0xff);
    graphics(5, random.below(4) | (random.below(2) << 3));
    sequencer(2, random.below(4) === 0 ? random.below(16) : 15);
    for (let access = 0; access < 8; access++) {
      const at = 0xa_0000 + random.below(bytes);
      for (let next = random.below(24); next >= 0; next--) {
        if (random.below(3) === 0) peek(at + next);
        poke(at + next, random.word() & 0xff);
      }
    }
  }
};

const fill = ({ poke, peek }: Pair, random: Random, from: number, bytes: number): void => {
  for (let at = from; at < from + bytes; at++) poke(at, random.word() & 0xff);
  for (let count = 0; count < 200; count++) peek(from + random.below(bytes));
};

/** Without what QEMU's doesn't show as IBM's does: blinking, underlines, and the ninth dot of B0h to BFh. */
const write = (pair: Pair, mode: Mode, random: Random): void => {
  const { poke, peek, sequencer, graphics } = pair;
  sequencer(2, 4);
  sequencer(4, 6);
  graphics(5, 0);
  graphics(6, 4);
  fill(pair, random, 0xa_0000, 0x6000);
  sequencer(2, mode.sequencer[1]!);
  sequencer(4, mode.sequencer[3]!);
  graphics(5, mode.graphics[5]!);
  graphics(6, mode.graphics[6]!);
  sequencer(3, 0x04);
  const base = (mode.misc & 1) !== 0 ? 0xb_8000 : 0xb_0000;
  for (let at = base; at < base + 8000; at += 2) {
    const code = random.below(256);
    const attribute = random.below(128);
    poke(at, code >> 4 === 0x0b ? 0xc0 : code);
    poke(at + 1, (attribute & 0x77) === 1 ? 2 : attribute);
    if (random.below(8) === 0) peek(at + random.below(2));
  }
  pair.crtc(0x0a, 0x20);
};

suite('a VGA beside QEMU’s', () => {
  let qtest: Qtest;
  before(async () => {
    qtest = await Qtest.start(['-vga', 'std']);
  });
  after(() => qtest[Symbol.asyncDispose]());

  // QEMU shows 40 columns with 8 dots each, twice as wide.
  for (const [index, mode] of modes.filter(({ width }) => width !== 360).entries())
    test(`mode ${mode.name}: random accesses read and show the same`, async () => {
      const random = new Random(index + 1);
      const pair = begin(qtest);
      pair.setMode(mode);
      setColours(pair, random);
      if (mode.kind === 'planar') drawPlanes(pair, random, (mode.width * mode.height) / 8 - 32);
      else if (mode.kind === 'text') write(pair, mode, random);
      else if (mode.kind === 'unchained') {
        for (let plane = 0; plane < 4; plane++) {
          pair.sequencer(2, 1 << plane);
          pair.graphics(4, plane);
          fill(pair, random, 0xa_0000, 80 * 240);
        }
      } else fill(pair, random, mode.kind === 'packed' ? 0xa_0000 : 0xb_8000, mode.kind === 'packed' ? 64_000 : 0x4000);
      assert.equal(await qtest.flush(), undefined);
      assert.equal(difference(pair.vga.picture(), await qtest.screen()), undefined);
    });

  // QEMU makes eight bits of five of 15 by appending zeros, of those of 16 by repeating them.
  for (const depth of [8, 15, 16, 24, 32])
    test(`${depth} bits a pixel through banks show the same`, async () => {
      const random = new Random(depth);
      const pair = begin(qtest);
      pair.out(0x3c2, 0x67);
      pair.sequencer(1, 1);
      pair.sequencer(4, 0x0e);
      pair.sequencer(2, 0x0f);
      pair.graphics(6, 5);
      setColours(pair, random);
      for (const [register, value] of [
        [4, 0],
        [1, 160],
        [2, 100],
        [3, depth],
        [4, 0x41],
        [6, 192],
        [8, 16],
        [9, 3],
      ] as const)
        pair.setDispi(register, value);
      pair.show();
      const bytes = 192 * 103 * ((depth + 7) >> 3);
      for (let bank = 0; bank * 65_536 < bytes; bank++) {
        pair.setDispi(5, bank);
        fill(pair, random, 0xa_0000, Math.min(65_536, bytes - bank * 65_536));
      }
      assert.equal(await qtest.flush(), undefined);
      assert.equal(difference(pair.vga.picture(), await qtest.screen(), depth === 15 ? 0xf8 : 0xff), undefined);
    });

  test('the display interface makes the same of what it is asked for', async () => {
    const random = new Random(77);
    const pair = begin(qtest);
    for (let round = 0; round < 600; round++) {
      // QEMU's bank is 0 when it is disabled, and the register keeps what it was.
      pair.setDispi(5, 0);
      pair.setDispi(4, 0);
      for (const register of [1, 2]) pair.setDispi(register, random.below(3) === 0 ? random.below(20_000) : 8 * random.below(200));
      pair.setDispi(3, [4, 8, 15, 16, 24, 32, 7][random.below(7)]!);
      pair.setDispi(4, 0xc1);
      for (let change = random.below(4); change > 0; change--)
        pair.setDispi([5, 6, 8, 9][random.below(4)]!, random.below(random.below(2) === 0 ? 2000 : 65_536));
      // Of a virtual height that has more than 16 bits QEMU tells the lowest.
      for (let register = 0; register <= 10; register++) if (register !== 7 || pair.heightTold() < 0xffff) pair.getDispi(register);
    }
    assert.equal(await qtest.flush(), undefined);
  });
});
