/** A mouse that a program hears of through SeaBIOS. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import type { Booted } from '../../src/environment/index.ts';
import { patienceMs } from '../stage/patience.ts';
import { assembled } from './assembled.ts';
import { whyNoFirmware } from './firmware.ts';
import { booted, until } from './stage.ts';

suite('a program at the BIOS', { skip: whyNoFirmware(), timeout: patienceMs }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-mouse-'));
  after(() => rmSync(place, { recursive: true }));
  const floppy = (): string => {
    const image = new Uint8Array(1440 * 1024);
    image.set(assembled('mouse.s'));
    writeFileSync(join(place, 'floppy'), image);
    return join(place, 'floppy');
  };
  /** When the program listens. */
  const listening = async ({ mouse }: Booted): Promise<void> => {
    for await (const isHeard of mouse.heard) if (isHeard) return;
    assert.fail('nobody ever listened');
  };
  const use = ({ mouse }: Booted): void => {
    mouse.move({ dx: 600, dy: 0, dz: 0, buttons: 0 });
    mouse.move({ dx: -30, dy: 70, dz: 0, buttons: 0 });
    for (let count = 0; count < 20; count++) {
      mouse.move({ dx: 0, dy: 0, dz: 0, buttons: 3 });
      mouse.move({ dx: 0, dy: -1, dz: 0, buttons: 4 });
    }
  };
  // 570 to the right, 50 up less than down; the middle button is the last.
  const [moved, clicked] = ['023AFFCE 00000004', /00000003[\s\S]*00000004/];

  test('hears of its movements and clicks, however fast they come, and of none before it listens', async (t) => {
    const computer = await booted(t, floppy(), '--memory', '16M', '--display', 'none');
    computer.mouse.move({ dx: 1000, dy: 1000, dz: 0, buttons: 7 });
    await listening(computer);
    use(computer);
    const lines = await until(computer, moved);
    assert.match(lines.join('\n'), clicked);
  });

  test('hears of the same when it runs as it was recorded', async (t) => {
    const words = [floppy(), '--memory', '16M', '--display', 'none'];
    const recording = join(place, 'recording');
    const recorded = await booted(t, ...words, '--record', recording);
    await listening(recorded);
    use(recorded);
    await until(recorded, moved);
    recorded.detach();
    await recorded.end;
    const replayed = await booted(t, ...words, '--replay', recording);
    await until(replayed, moved);
    assert.match((await replayed.end).telling ?? '', /^the replay was what was recorded/);
  });
});
