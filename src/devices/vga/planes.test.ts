/** Pieces of video memory are as its bytes are, whatever registers say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mode12, mode13, text80x25 } from './stage/modes.ts';
import { stage } from './stage/stage.ts';

/** Numbers by lot, always the same: of a linear congruential generator. */
const lots = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return Math.floor((state / 0x8000_0000) * below);
  };
};

/** What may become of a byte: planes, latches, write modes, set and reset, bit masks, maps of memory. */
const shuffle = ({ sequencer, graphics, out, setDispi }: ReturnType<typeof stage>, lot: (below: number) => number): void => {
  sequencer(2, lot(16));
  sequencer(4, 2 + 2 * lot(8));
  for (const index of [0, 1, 2, 3, 4, 7]) graphics(index, lot(3) === 0 ? lot(256) : 0);
  graphics(5, [0, 0x10, lot(0x80)][lot(3)] ?? 0);
  graphics(6, lot(16));
  graphics(8, lot(2) === 0 ? 0xff : lot(256));
  out(0x3c2, lot(8) === 0 ? 0x61 : 0x63);
  if (lot(8) !== 0) return;
  for (const [index, value] of [
    [4, 0],
    [1, 640],
    [2, 100],
    [3, lot(2) === 0 ? 8 : 4],
    [4, lot(2) === 0 ? 0x81 : 0x80],
    [5, lot(6)],
  ] as const)
    setDispi(index, value);
};

for (const [name, mode] of Object.entries({ text80x25, mode12, mode13 }))
  test(`a piece is written and read as its bytes one by one: ${name} and what registers make of it`, () => {
    const [pieces, bytes] = [stage(), stage()];
    for (const one of [pieces, bytes]) one.setMode(mode);
    const lot = lots(7);
    for (let round = 0; round < 300; round++) {
      const seed = lot(1 << 20);
      if (round > 0) for (const one of [pieces, bytes]) shuffle(one, lots(seed));
      const from = [0x1_8000, 0, 0x1_0000, lot(0x2_0000 - 600)][lot(4)] ?? 0;
      const piece = Uint8Array.from({ length: 1 + lot(600) }, () => lot(256));
      pieces.vga.window.writePiece?.(from, piece);
      for (const [at, byte] of piece.entries()) bytes.vga.window.write(from + at, byte, 1);
      assert.deepEqual(pieces.memory, bytes.memory, `round ${round}`);
      assert.deepEqual(pieces.vga.changes(), bytes.vga.changes(), `round ${round}`);
      const into = new Uint8Array(piece.length);
      pieces.vga.window.readPiece?.(from, into);
      assert.deepEqual(
        into,
        Uint8Array.from(piece, (_, at) => bytes.vga.window.read(from + at, 1)),
        `round ${round}`,
      );
      assert.deepEqual(pieces.vga.save(), bytes.vga.save(), `round ${round}`);
    }
  });
