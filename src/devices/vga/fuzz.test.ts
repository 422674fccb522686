import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz, Random } from '../stage/index.ts';
import { stage } from './stage/stage.ts';

const memoryBytes = 0x8_0000;

test('a guest that does anything is shown something', () => {
  let draws = 0;
  fuzz(
    () => {
      const { vga, clock } = stage(memoryBytes);
      return {
        device: vga,
        windows: [
          [vga.ports, 0x30],
          [vga.ports, 0x30],
          [vga.window, 0x2_0000],
          [vga.dispi, 4],
          [vga.registers, 4096],
        ],
        time: clock,
        also: (random) => {
          // Pictures are large: not all of them.
          if (random.below(8) !== 0) return;
          draws++;
          const screen = random.below(2) === 0 ? vga.snapshot() : vga.picture();
          if (screen.kind === 'pixels') assert.equal(screen.rgba.length, screen.width * screen.height * 4);
          else assert.equal(screen.cells.length, screen.columns * screen.rows);
          for (const { from, end } of vga.changes()) assert.ok(from < end);
        },
      };
    },
    20,
    1000,
  );
  assert.ok(draws > 100);
});

test('a state that somebody made up is refused or works', () => {
  const random = new Random(5);
  let loaded = 0;
  for (let round = 0; round < 300; round++) {
    const one = stage(memoryBytes);
    const bytes = one.vga.save();
    for (let change = random.below(200); change >= 0; change--) bytes[random.below(bytes.length)] = random.word() & 0xff;
    try {
      one.vga.load(bytes);
    } catch (error) {
      assert.ok(error instanceof RangeError, String(error));
      continue;
    }
    loaded++;
    for (let access = 0; access < 50; access++) {
      one.vga.window.write(random.below(0x2_0000), random.word(), 4);
      one.vga.window.read(random.below(0x2_0000), 4);
      one.vga.ports.write(random.below(0x30), random.word() & 0xff, 1);
      one.vga.ports.read(random.below(0x30), 4);
    }
    if (round % 10 === 0) one.vga.snapshot();
    one.vga.changes();
  }
  assert.ok(loaded > 50, `${loaded} of 300`);
});
