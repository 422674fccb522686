/** Disks that come and go while Debian's kernel runs, by orders at a computer's control socket. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { kernelFile } from '../oracle/kernel.ts';
import { patienceMs } from '../stage/patience.ts';
import { shellArchive, whyNoBusybox } from './shell.ts';
import { booted, Talk } from './stage.ts';

/** What is answered to an order, line by line. */
const ordered = async (path: string, order: string): Promise<readonly string[]> => {
  const socket = connect({ path });
  socket.end(`${order}\n`);
  let text = '';
  for await (const bytes of socket.setEncoding('utf8')) text += bytes;
  return text.trimEnd().split('\n');
};

suite('a computer that runs', { skip: whyNoBusybox(), timeout: patienceMs }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-plug-'));
  after(() => rmSync(place, { recursive: true }));
  const file = (name: string, content: Uint8Array): string => {
    writeFileSync(join(place, name), content);
    return join(place, name);
  };

  test('has Linux find a disk that is plugged in, use it, let go of it, and forget it; and of another in its place', async (t) => {
    const [initrd, control] = [file('initrd.gz', shellArchive()), join(place, 'control')];
    const first = file('first.img', Buffer.alloc(2 ** 20, 'the first disk; '));
    const second = file('second disk.img', Buffer.alloc(2 ** 20, 'the second disk; '));
    const kernel = ['--kernel', kernelFile(), '--initrd', initrd, '--append', 'console=ttyS0 quiet cryptomgr.notests'];
    const computer = await booted(t, ...kernel, '--nvme', first, '--control', control);
    const talk = new Talk(computer);
    await talk.until(/up[\s\S]*# $/);
    assert.deepEqual(await ordered(control, 'disks'), [`0 ${first}`, 'done']);
    assert.deepEqual(await ordered(control, `plug ${first}`), [
      `refused: ${first} can't be a disk here: another computer has it, or it is given twice`,
    ]);
    assert.deepEqual(await ordered(control, 'unplug 1'), ['refused: there is no disk "1" on NVMe']);
    for (const round of [1, 2]) {
      assert.deepEqual(await ordered(control, `plug ${second}`), ['1', 'done']);
      await talk.say('until [ -b /dev/nvme1n1 ]; do sleep 0.1; done; head -c 17 /dev/nvme1n1; echo; cat /sys/block/nvme1n1/device/serial');
      await talk.until(round === 1 ? /the second disk; [\s\S]*isola-nvme-1/ : /round 1 was here;[\s\S]*isola-nvme-1/);
      await talk.say(`echo -n "round ${round} was here; " | dd of=/dev/nvme1n1 conv=fsync,notrunc 2>/dev/null; echo thr""ough`);
      await talk.until(/through\r\n/);
      assert.deepEqual(await ordered(control, 'unplug 1'), ['done']);
      await talk.say('while [ -e /dev/nvme1n1 ] || [ -e /sys/class/nvme/nvme1 ]; do sleep 0.1; done; echo nv""me: $(ls /sys/class/nvme)');
      await talk.until(/nvme: nvme0\r\n/);
      while ((await ordered(control, 'disks')).length > 2);
    }
    assert.equal(readFileSync(second).subarray(0, 17).toString(), 'round 2 was here;');
    // At its terminal, too.
    assert.deepEqual(computer.order('disks'), [`0 ${first}`, 'done']);
    // The system lets go by itself.
    await talk.say('echo 0 > /sys/bus/pci/slots/8/power; echo nv""me: $(ls /sys/class/nvme)');
    await talk.until(/nvme:\r\n/);
    assert.deepEqual(await ordered(control, 'disks'), ['done']);
    // And its image is free.
    assert.deepEqual(await ordered(control, `plug ${first}`), ['0', 'done']);
    // Its driver for the button is a module, so the event waits in the register.
    await talk.say('cat /sys/firmware/acpi/interrupts/ff_pwr_btn');
    await talk.until(/ 0 +invalid/);
    assert.deepEqual(await ordered(control, 'power'), ['done']);
    await talk.say('cat /sys/firmware/acpi/interrupts/ff_pwr_btn');
    await talk.until(/ 0 +STS invalid/);
    await talk.say('poweroff -f');
    assert.deepEqual(await computer.end, { code: 0, telling: undefined });
  });
});
