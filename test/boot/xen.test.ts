/** Debian's Xen, begun by Multiboot with a BIOS behind it, as far as it has begun its first domain: a Linux kernel. */
import { join } from 'node:path';
import { test } from 'node:test';
import { patienceMs } from '../stage/patience.ts';
import { whyNoFirmware } from './firmware.ts';
import { installer, unpacked } from './packages.ts';
import { booted, Talk } from './stage.ts';

test('Xen begins a first domain, whose kernel says so', { skip: whyNoFirmware(), timeout: patienceMs }, async (t) => {
  const xen = join(unpacked('xen-hypervisor-4.17-amd64', 'amd64', './boot'), 'boot/xen-4.17-amd64.gz');
  // It takes the first word for its own name.
  const append = 'xen console=com1 com1=115200,8n1 dom0_mem=256M';
  const linux = `${join(installer(), 'linux')} console=hvc0`;
  const talk = new Talk(await booted(t, '--kernel', xen, '--append', append, '--module', linux, '--memory', '512M'));
  await talk.until(/Dom0 kernel: 64-bit, PAE, lsb[\s\S]*\*\*\* Serial input to DOM0[\s\S]*Freed \d+kB init memory/, 240_000);
  await talk.until(/mapping kernel into physical memory\s+about to get started\.\.\./);
});
