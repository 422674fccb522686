/** Debian's kernel for 32-bit processors with pages of PAE, as it is, to a 32-bit shell that works, and off. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dependency, unpacked } from './packages.ts';
import { shellArchive } from './shell.ts';
import { booted, Talk } from './stage.ts';

test('Debian’s 32-bit kernel runs a 32-bit shell that is spoken to, and switches itself off', { timeout: 300_000 }, async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'isola-linux32-'));
  t.after(() => rmSync(place, { recursive: true }));
  const image = dependency('linux-image-686-pae', 'linux-image-', 'i386');
  const kernel = join(unpacked(image, 'i386', './boot'), 'boot', image.replace('linux-image', 'vmlinuz'));
  const initrd = join(place, 'initrd.gz');
  writeFileSync(initrd, shellArchive(join(unpacked('busybox-static', 'i386', './bin'), 'bin/busybox')));
  const computer = await booted(t, '--kernel', kernel, '--initrd', initrd, '--append', 'console=ttyS0 quiet');
  const talk = new Talk(computer);
  await talk.until(/Linux i686 up[\s\S]*# $/, 240_000);
  await talk.say('echo of $((123456789 % 1000)); seq 1000 | sha256sum');
  // What coreutils say of the same.
  await talk.until(/of 789\s+67d4ff71d43921d5739f387da09746f405e425b07d727e4c69d029461d1f051f {2}-[\s\S]*# $/);
  await talk.say('poweroff -f');
  assert.deepEqual(await computer.end, { code: 0, telling: undefined }, talk.text);
});
