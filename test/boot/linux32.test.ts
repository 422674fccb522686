/** Debian's kernel for 32-bit processors with pages of PAE, as it is, to a 32-bit shell that works, and off. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { patienceMs } from '../stage/patience.ts';
import { dependency, unpacked } from './packages.ts';
import { shellArchive } from './shell.ts';
import { booted, Talk } from './stage.ts';

test('Debian’s 32-bit kernel runs a 32-bit shell that is spoken to, finds a mouse with a wheel, and switches itself off', {
  timeout: patienceMs,
}, async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'isola-linux32-'));
  t.after(() => rmSync(place, { recursive: true }));
  const image = dependency('linux-image-686-pae', 'linux-image-', 'i386');
  const kernel = join(unpacked(image, 'i386', './boot'), 'boot', image.replace('linux-image', 'vmlinuz'));
  const initrd = join(place, 'initrd.gz');
  const drivers = `lib/modules/${image.replace('linux-image-', '')}/kernel/drivers/input/mouse`;
  const mouse = {
    name: 'psmouse.ko',
    mode: 0o100644,
    data: readFileSync(join(unpacked(image, 'i386', `./${drivers}`), drivers, 'psmouse.ko')),
  };
  writeFileSync(initrd, shellArchive(join(unpacked('busybox-static', 'i386', './bin'), 'bin/busybox'), [mouse]));
  const computer = await booted(t, '--kernel', kernel, '--initrd', initrd, '--append', 'console=ttyS0 quiet cryptomgr.notests');
  const talk = new Talk(computer);
  await talk.until(/Linux i686 up[\s\S]*# $/, 240_000);
  await talk.say('echo of $((123456789 % 1000)); seq 1000 | sha256sum');
  // What coreutils say of the same.
  await talk.until(/of 789\s+67d4ff71d43921d5739f387da09746f405e425b07d727e4c69d029461d1f051f {2}-[\s\S]*# $/);
  await talk.say(
    'insmod /psmouse.ko; until grep -H . /sys/class/input/mouse*/device/name; do sleep 0.1; done; head -c 6 /dev/input/mice | od -An -tx1',
  );
  await talk.until(/mouse0\/device\/name:ImExPS\/2 Generic Explorer Mouse/);
  for await (const isHeard of computer.mouse.heard) if (isHeard) break;
  // Whether somebody reads yet nobody tells: clicks come until they are read. Buttons with the sign of what goes down, right, up.
  const clicking = setInterval(() => {
    computer.mouse.move({ dx: 7, dy: 3, dz: 0, buttons: 1 });
    computer.mouse.move({ dx: 0, dy: 0, dz: 0, buttons: 0 });
  }, 500);
  t.after(() => clearInterval(clicking));
  await talk.until(/ 29 07 fd 08 00 00/);
  clearInterval(clicking);
  await talk.say('poweroff -f');
  assert.deepEqual(await computer.end, { code: 0, telling: undefined }, talk.text);
});
