/** Who looks at a computer's screen, and what has him look again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Vga } from '../devices/index.ts';
import { later, millis, Timeline } from '../machine/index.ts';
import { VgaMonitor } from './monitor.ts';

/** VGA ports, from 3B0h on: what shows the palette, and what lets memory, all four planes of it and their bits be written. */
const [attribute, miscellaneous, sequencer, graphics] = [0x10, 0x12, 0x14, 0x1e];

/** Shows text. */
const stage = (options?: { readonly isDrawn: boolean }) => {
  const clock = new Timeline();
  const vga = new Vga({ clock, memory: new Uint8Array(0x4_0000) });
  vga.ports.write(attribute, 0x20, 1);
  vga.ports.write(miscellaneous, 0x02, 1);
  vga.ports.write(sequencer, 0x0f02, 2);
  vga.ports.write(graphics, 0xff08, 2);
  const monitor = new VgaMonitor(vga, options);
  const seen = { screens: 0 };
  const watching = (async () => {
    for await (const screen of monitor.screens) if (screen.kind === 'text') seen.screens++;
  })();
  /** A computer that is at work, and whose screen is looked at as often as it rests. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(later(clock.now, millis(50)));
      monitor.look();
      for (let turns = 0; turns < 10; turns++) await Promise.resolve();
    }
  };
  const end = (): Promise<void> => {
    monitor.close();
    return watching;
  };
  return { vga, seen, pass, end };
};

test('a text that nobody writes is shown once, though its cursor blinks: a terminal’s blinks by itself', async () => {
  const { vga, seen, pass, end } = stage();
  await pass(5000);
  assert.equal(seen.screens, 1);
  assert.ok(vga.blinks > 0);
  vga.window.write(0x1_8000, 0x41, 1);
  await pass(50);
  assert.equal(seen.screens, 2);
  await pass(5000);
  assert.equal(seen.screens, 2);
  await end();
});

test('one that is drawn in pixels is shown each time something in it blinks', async () => {
  const { seen, pass, end } = stage({ isDrawn: true });
  await pass(1000);
  assert.ok(seen.screens >= 8, `${seen.screens} screens`);
  await end();
});
