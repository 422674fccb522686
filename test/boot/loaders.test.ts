/** Boot loaders that Debian has, from the media they are made for, as far as their prompts: SeaBIOS, its disks and its keyboard as they want them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { patienceMs } from '../stage/patience.ts';
import { whyNoFirmware } from './firmware.ts';
import { isolinuxCd, syslinuxFloppy } from './loaders.ts';
import { unpacked } from './packages.ts';
import { booted, type, until } from './stage.ts';

const memory = ['--memory', '64M'];

suite('from its medium', { skip: whyNoFirmware(), timeout: patienceMs }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-loaders-'));
  after(() => rmSync(place, { recursive: true }));

  test('GRUB’s rescue CD shows its menu, and at its prompt what is on the CD', async (t) => {
    const computer = await booted(t, join(unpacked('grub-rescue-pc'), 'usr/lib/grub-rescue/grub-rescue-cdrom.iso'), ...memory);
    await until(computer, /GNU GRUB +version [\s\S]*\*GNU\/Linux[\s\S]*Memtest86\+[\s\S]*`c' for a command-line/);
    type(computer, 'c');
    await until(computer, /^grub>$/m);
    type(computer, 'ls\r');
    await until(computer, /^\(cd\) \(cd,msdos1\)\ngrub>$/m);
    type(computer, 'ls (cd)/boot/grub\r');
    await until(computer, /^fonts\/ grub\.cfg i386-pc\/ locale\/ roms\/\ngrub>$/m);
  });

  test('iPXE’s CD has its prompt at Ctrl-B, and names the computer', async (t) => {
    const computer = await booted(t, join(unpacked('ipxe'), 'usr/lib/ipxe/ipxe.iso'), ...memory);
    // It has gathered chance from the clock's interrupts until then.
    await until(computer, 'Press Ctrl-B');
    type(computer, '\u0002');
    await until(computer, /^iPXE>$/m);
    type(computer, 'show product\r');
    await until(computer, /^smbios\/product:string = \S/m);
  });

  test('iPXE as a kernel begins in its setup, in real-address mode, and is told the command line', async (t) => {
    const kernel = join(unpacked('ipxe'), 'boot/ipxe.lkrn');
    const computer = await booted(t, '--kernel', kernel, '--append', 'echo told && shell', ...memory);
    await until(computer, /^told$/m);
    await until(computer, /^iPXE>$/m);
  });

  const configuration = 'PROMPT 1\nTIMEOUT 0\nDEFAULT none\nSAY Its configuration was read.\n';
  const asked = async (computer: Awaited<ReturnType<typeof booted>>): Promise<void> => {
    await until(computer, /Its configuration was read\.\nboot:$/m);
    type(computer, 'nothing\r');
    await until(computer, /^boot: nothing\nLoading nothing\.\.\. failed: No such file or directory\nboot:$/m);
  };

  test('SYSLINUX from a diskette reads its configuration, and has no file that is asked for', async (t) => {
    await asked(await booted(t, syslinuxFloppy(place, configuration), ...memory));
  });

  test('ISOLINUX from a CD does likewise', async (t) => {
    await asked(await booted(t, isolinuxCd(place, { configuration }), ...memory));
  });
});
