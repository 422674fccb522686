/**
 * Debian 12 as mmdebstrap makes it, on NVMe: its own kernel, systemd to a login, and work in a shell of root's. Not among the usual tests, for it
 * takes minutes: tools/node tools/test.ts test/boot/debian.long.ts. Last result, 26 November 2026, linux-image-6.1.0-50-cloud-amd64: all in 138 s on a busy host,
 * with the making of its root 135 s of its processors.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { run } from '../hosts/machine/root.ts';
import { booted, Talk } from './stage.ts';

const whyNot = (): string | false => {
  if (process.getuid?.() !== 0) return 'a root file system is made by root';
  return existsSync('/usr/bin/mmdebstrap') ? false : 'Debian’s package mmdebstrap makes its root';
};
const packages = ['systemd-sysv', 'udev', 'login', 'perl', 'python3-minimal', 'linux-image-cloud-amd64'];
const prompt = /root@\S*:~# $/;

suite('Debian 12 on NVMe', { skip: whyNot(), timeout: 1_800_000 }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-debian-'));
  after(() => rmSync(place, { recursive: true }));

  test('boots to a login, and works', async (t) => {
    const [root, disk] = [join(place, 'root'), join(place, 'root.img')];
    const fence = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--'];
    const options = ['--mode=root', '--variant=minbase', '--format=directory', '--dpkgopt=force-unsafe-io'];
    const hook = '--customize-hook=chroot "$1" passwd --delete root';
    run('unshare', ...fence, 'mmdebstrap', '--quiet', ...options, `--include=${packages.join(',')}`, hook, 'bookworm', root);
    run('mke2fs', '-q', '-t', 'ext4', '-d', root, disk, '1500M');
    const kernel = readdirSync(join(root, 'boot')).find((name) => name.startsWith('vmlinuz-')) ?? '';
    const digest = createHash('sha256')
      .update(readFileSync(join(root, 'usr/bin/perl')))
      .digest('hex');
    const computer = await booted(
      t,
      ...['--kernel', join(root, 'boot', kernel), '--nvme', disk, '--memory', '512M'],
      ...['--append', 'root=/dev/nvme0n1 rw console=ttyS0'],
    );
    const talk = new Talk(computer);
    await talk.until(/ login: $/, 900_000);
    await talk.say('root');
    await talk.until(prompt, 200_000);
    const ask = async (line: string): Promise<string> => {
      await talk.say(line);
      return await talk.until(prompt, 200_000);
    };
    assert.match(await ask('systemctl is-system-running --wait'), /\brunning\b/);
    assert.match(await ask('findmnt --noheadings --output SOURCE,FSTYPE /'), /\/dev\/nvme0n1 +ext4/);
    assert.match(await ask('sha256sum /usr/bin/perl'), new RegExp(digest));
    assert.match(await ask(`perl -MList::Util=sum -e 'print sum(map { $_ ** 2 } 1 .. 1000), "\\n"'`), /\b333833500\b/);
    assert.match(await ask(`python3 -c 'import math; print(math.factorial(30))'`), /\b265252859812191058636308480000000\b/);
    assert.match(await ask('echo kept > /root/note; sync; dmesg --level=emerg,alert,crit,err | wc -l'), /\r0\r/);
    await talk.say('poweroff');
    assert.deepEqual(await computer.end, { code: 0, telling: undefined }, talk.text);
    run('e2fsck', '-fn', disk);
  });
});
