/**
 * Debian's installer, as it is started over a network: its kernel, its screen of text and its first questions. Not among the usual tests, for it
 * takes minutes: tools/node tools/test.ts test/boot/installer.long.ts. Last result, 26 November 2026, debian-installer-12-netboot-amd64
 * 20230607+deb12u15: its first question after 96 s of the host's processor and 115 s on a busy one.
 */
import { join } from 'node:path';
import { test } from 'node:test';
import { whyNoFirmware } from './firmware.ts';
import { installer } from './packages.ts';
import { booted, type, until } from './stage.ts';

test('Debian’s installer asks for a language, and then for a place', { skip: whyNoFirmware(), timeout: 1_800_000 }, async (t) => {
  const from = installer();
  // Its driver for the card's pixels would leave the screen of text.
  const kernel = [
    '--kernel',
    join(from, 'linux'),
    '--initrd',
    join(from, 'initrd.gz'),
    '--append',
    'vga=normal nomodeset quiet',
    '--memory',
    '1G',
  ];
  const computer = await booted(t, ...kernel);
  await until(computer, /Select a language[\s\S]*English/, 1_500_000);
  type(computer, '\r');
  await until(computer, /Select your location[\s\S]*United States/, 200_000);
});
