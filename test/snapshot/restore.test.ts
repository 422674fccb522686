/** `isola boot --restore`: a computer goes on in another process, with its disks as they were. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import type { Booted } from '../../src/environment/index.ts';
import { shellArchive, whyNoBusybox } from '../boot/shell.ts';
import { booted, Talk } from '../boot/stage.ts';
import { kernelFile } from '../oracle/kernel.ts';
import { patienceMs } from '../stage/patience.ts';

const place = mkdtempSync(join(tmpdir(), 'isola-restore-'));
after(() => rmSync(place, { recursive: true }));
const pathOf = (name: string): string => join(place, name);

suite('a saved computer', { skip: whyNoBusybox(), timeout: patienceMs }, () => {
  test('goes on with its programs, its disk and its time, and is refused another disk than it had', async (t) => {
    const [disk, initrd, saved, control] = ['disk.img', 'initrd.gz', 'saved.isola', 'control'].map(pathOf) as Four;
    writeFileSync(disk, Buffer.alloc(2 ** 20, 'a disk of isola; '));
    writeFileSync(initrd, shellArchive());
    const kernel = ['--kernel', kernelFile(), '--initrd', initrd, '--append', 'console=ttyS0 quiet cryptomgr.notests'];
    const first = await booted(t, ...kernel, '--memory', '128M', '--control', control, '--nvme', disk);
    const talk = new Talk(first);
    await talk.until(/Linux x86_64 up[\s\S]*# $/);
    await talk.say('x=$((6 * 7)); echo written here | dd of=/dev/nvme0n1 conv=fsync 2>/dev/null; cut -d. -f1 /proc/uptime; echo ready');
    const before = Number(/(\d+)\r\nready/.exec(await talk.until(/\d+\r\nready\r\n/))?.[1]);
    assert.match(first.order('save').join(), /^refused: no file is named/);
    assert.match(first.order(`save ${disk}`).join(), /^refused: .* there is a file that is no snapshot/);
    assert.deepEqual(first.order(`save ${saved}`), ['done']);
    first.detach();
    await first.end;

    const restored = (...words: readonly string[]): Promise<Booted> => booted(t, '--restore', saved, '--control', control, ...words);
    const second = await restored('--nvme', disk);
    const other = new Talk(second);
    await other.say(
      'echo $x is there; head -c 13 /dev/nvme0n1; cut -d. -f1 /proc/uptime; dmesg | grep -ciE "stuck|stall|unstable"; poweroff -f',
    );
    const [, since, complaints] =
      /42 is there\r\nwritten here\r\n(\d+)\r\n(\d+)\r\n/.exec(await other.until(/is there\r\n.*\r\n\d+\r\n\d+\r\n/)) ?? [];
    assert.ok(Number(since) >= before && Number(since) < before + 60, `${since} s are less than a minute behind ${before}`);
    assert.equal(complaints, '0');
    assert.deepEqual(await second.end, { code: 0, telling: undefined });

    await assert.rejects(restored(), /it was made with NVMe disk 0, which is not given/);
    await assert.rejects(restored('--nvme', disk, '--memory', '64M'), /it was made with another memory: 128 MiB, and here it is 64 MiB/);
    await assert.rejects(restored('--nvme', disk, '--kernel', initrd), /can't be booted|another kernel/);
    await assert.rejects(restored('--nvme', disk, '--append', 'quiet'), /--append is for a kernel, and no kernel is given/);
    utimesSync(disk, 1, 1);
    await assert.rejects(
      restored('--nvme', disk),
      /another NVMe disk 0: 1048576 bytes, written last at 20.*, and here it is .* at 1970-01-01T00:00:01/,
    );
  });
});

type Four = [string, string, string, string];
