/** GRUB, as Debian has it for guests of Xen's that no firmware begins (PVH): a guest of 32 bits that isn't Linux, on Xen's console, with disks of Xen's. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { unpacked } from './packages.ts';
import { booted, Talk } from './stage.ts';

test('GRUB for Xen finds its disk, and reads a file that is on it', { timeout: 300_000 }, async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'isola-xen-grub-'));
  t.after(() => rmSync(place, { recursive: true }));
  const [tree, disk] = [join(place, 'tree'), join(place, 'disk.img')];
  mkdirSync(tree);
  writeFileSync(join(tree, 'words'), 'what is on the disk\n');
  execFileSync('/sbin/mke2fs', ['-q', '-t', 'ext4', '-d', tree, disk, '4M']);
  const grub = join(unpacked('grub-xen-host', 'amd64', './usr/lib/grub-xen'), 'usr/lib/grub-xen/grub-i386-xen_pvh.bin');
  const computer = await booted(t, '--kernel', grub, '--append', 'console=hvc0', '--monitor', 'xen', '--memory', '64M', disk);
  const talk = new Talk(computer);
  await talk.until(/GNU GRUB {2}version [\s\S]*grub> $/);
  await talk.say('ls; cat (xen/xvda)/words');
  assert.match(await talk.until(/what is on the disk/), /\(xen\/xvda\)/);
});
