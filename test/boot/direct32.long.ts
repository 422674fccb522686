/** Programs that run as they are under Debian's kernel of 32 bits, which has pages of PAE: what they do is what the host's own do. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compiled } from './compiled.ts';
import { dependency, unpacked } from './packages.ts';
import { usedByPrograms } from './processes.ts';
import { shellArchive } from './shell.ts';
import { booted, Talk } from './stage.ts';

test('under Debian’s 32-bit kernel faults, signals, numbers, threads and segments of their own are as on the host', {
  timeout: 300_000,
}, async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'isola-direct32-'));
  t.after(() => rmSync(place, { recursive: true }));
  const [program, initrd] = [join(place, 'direct32'), join(place, 'initrd.gz')];
  compiled('direct.c', 32, program);
  const image = dependency('linux-image-686-pae', 'linux-image-', 'i386');
  const kernel = join(unpacked(image, 'i386', './boot'), 'boot', image.replace('linux-image', 'vmlinuz'));
  const files = [{ name: 'direct32', mode: 0o100755, data: readFileSync(program) }];
  writeFileSync(initrd, shellArchive(join(unpacked('busybox-static', 'i386', './bin'), 'bin/busybox'), files));
  const computer = await booted(t, '--kernel', kernel, '--initrd', initrd, '--append', 'console=ttyS0 quiet', '--processor', 'direct');
  const talk = new Talk(computer);
  await talk.until(/Linux i686 up[\s\S]*# $/, 240_000);
  await talk.say('stty -echo; echo ready');
  await talk.until(/ready\s+[\s\S]*# $/);
  const before = usedByPrograms();
  assert.equal(await talk.answer('/direct32'), execFileSync(program, { encoding: 'utf8' }).trim());
  const used = usedByPrograms() - before;
  t.diagnostic(`it has used ${10 * used} ms of processes of its own`);
  assert.ok(used > 2, 'it ran in processes of its own');
  assert.match(await talk.answer('/direct32 inside'), /^processor: GenuineIntel\navx512: 0$/);
  await talk.say('poweroff -f');
  assert.deepEqual(await computer.end, { code: 0, telling: undefined });
});
