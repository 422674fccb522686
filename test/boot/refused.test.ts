/** What can't be booted is refused before anything starts, in a sentence that names it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { boot } from '../../src/computer/index.ts';
import { emptyInput } from '../../src/environment/command/empty.ts';
import { type BootRequest, type LineEnd, type NetworkEnd, Refusal } from '../../src/environment/index.ts';
import { bzImageOf } from './programs.ts';

suite('not to be booted', () => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-boot-'));
  after(() => rmSync(directory, { recursive: true }));
  const file = (name: string, content: string | Uint8Array | number): string => {
    const path = join(directory, name);
    writeFileSync(path, typeof content === 'number' ? '' : content);
    if (typeof content === 'number') truncateSync(path, content);
    return path;
  };
  const refusal = async (request: Partial<BootRequest>): Promise<string> => {
    const call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };
    const error = await boot({ ...(await emptyInput('boot')), ...request }, call).then(
      (booted) => {
        booted.detach();
        return assert.fail('it was not refused');
      },
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Refusal, String(error));
    return error.message.replaceAll(directory, '');
  };

  const empty = file('empty.img', '');
  const text = file('text', 'no kernel, but text that is long enough to be looked at '.repeat(200));
  const arm = file('arm', Buffer.concat([Buffer.alloc(56), Buffer.from('ARM\x64'), Buffer.alloc(2000)]));
  const elf = file('elf', Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(14), Buffer.from([183, 0]), Buffer.alloc(2000)]));
  /** A kernel whose head says that it wants to be among the adapters: boot.rst, "The Real-Mode Kernel Header". */
  const lost = Buffer.from(bzImageOf([], new Uint8Array(16_384)));
  lost.writeUInt32LE(0xb_0000, 0x258);
  const adapters = file('adapters', lost);
  const odd = file('odd.img', 1000);
  const wrapped = file('disk.qcow2', Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(600)]));
  const vdi = file('disk.vdi', Buffer.concat([Buffer.alloc(64), Buffer.from([0x7f, 0x10, 0xda, 0xbe]), Buffer.alloc(956)]));
  const nowhere: NetworkEnd['end'] = { kind: 'unix', path: join(directory, 'nowhere'), isServer: false, isAwaited: true };
  const cases: readonly (readonly [string, Partial<BootRequest>, RegExp])[] = [
    ['a file that isn’t there', { image: join(directory, 'none') }, /^there is no \/none$/],
    ['a microvm without a kernel', { board: 'microvm', nvme: [] }, /^a microvm has no firmware that would begin from a disk$/],
    ['a microvm with a CD', { board: 'microvm', kernel: text, cdrom: text }, /^a microvm can't have --cdrom$/],
    ['a microvm with a diskette', { board: 'microvm', kernel: text, floppy: [text] }, /^a microvm can't have --floppy$/],
    ['a microvm with a screen', { board: 'microvm', kernel: text, display: ['text'] }, /^a microvm can't have --display$/],
    ['a microvm with a disk on IDE', { board: 'microvm', kernel: text, image: text }, /^a microvm can't have a disk on IDE$/],
    ['a microvm with firmware', { board: 'microvm', kernel: text, bios: text }, /^a microvm can't have --bios$/],
    ['an empty disk', { image: empty }, /^\/empty\.img can't be booted as a disk: it is empty$/],
    ['a directory', { image: directory }, /^ can't be booted as a disk: it is a directory$/],
    [
      'a disk that is no whole sectors',
      { image: odd },
      /^\/odd\.img can't be booted as a disk: its 1000 bytes are 24 short of whole sectors of 512$/,
    ],
    [
      'an image of a version that isn’t known',
      { image: wrapped },
      /^\/disk\.qcow2 can't be booted as a disk: it is qcow2 of version 0; 2 and 3 are known$/,
    ],
    [
      'a disk in a format that is known further on',
      { image: vdi },
      /it is a VDI file; raw, qcow2, VHD and VMDK are known: unpack or convert it/,
    ],
    ['a text for a kernel', { kernel: text }, /^\/text can't be booted as a kernel: it is no Linux kernel for x86$/],
    ['an empty kernel', { kernel: empty }, /^\/empty\.img can't be booted as a kernel: it is empty$/],
    ['a kernel for another processor', { kernel: arm }, /it is a kernel for 64-bit Arm$/],
    ['an ELF file for another processor', { kernel: elf }, /it is an ELF file for 64-bit Arm$/],
    ['a kernel for where no memory is', { kernel: adapters }, /it wants to be at 0xb0000, where there is no memory for it$/],
    ['a command line without a kernel', { append: 'quiet' }, /^--append is for a kernel, and no kernel is given$/],
    ['a place without a kernel', { loadAddress: 0x10_0000 }, /^--load-address is for a kernel, and no kernel is given$/],
    ['an entry without a place', { kernel: text, entry: 0x10_0000 }, /^--entry is for bytes that are put somewhere$/],
    ['words for bytes', { kernel: text, loadAddress: 0x10_0000, append: 'x' }, /^what is put at --load-address is told nothing/],
    ['bytes among the adapters', { kernel: text, loadAddress: 0xb_0000 }, /^\/text can't be booted as a kernel: it wants to be at 0xb0000/],
    ['bytes where firmware is', { kernel: text, loadAddress: 0xf_0000 }, /^\/text can't be booted as a kernel: it wants to be at 0xf0000/],
    [
      'orders for what is recorded',
      { control: join(directory, 'control'), record: join(directory, 'record') },
      /^--control can't be with --record$/,
    ],
    ['gdb at several processors', { cpus: 2, gdb: { port: 4000, architecture: 'x86-64' } }, /^--gdb can't be with 2 processors$/],
    ['several processors that Xen is over', { cpus: 2, monitor: { kind: 'xen' } }, /^--monitor xen can't be with 2 processors$/],
    ['several processors of the host’s kernel', { cpus: 8, processor: 'kvm' }, /^--processor kvm can't be with 8 processors$/],
    [
      'a network for what is recorded',
      { network: [{ end: nowhere, mac: undefined }], record: join(directory, 'record') },
      /^what comes in by a network isn’t recorded$/,
    ],
    [
      'a channel for what is recorded',
      { channel: [{ name: 'one', end: { kind: 'none' } }], record: join(directory, 'record') },
      /^what comes in by a channel isn’t recorded$/,
    ],
    [
      'entropy for what is recorded',
      { entropy: true, record: join(directory, 'record') },
      /^what the host gives as entropy isn’t recorded$/,
    ],
    ['a network that leads nowhere', { network: [{ end: nowhere, mac: undefined }] }, /^unix:\/nowhere: it can't be connected to: /],
    [
      'more network cards than there are',
      { network: new Array<NetworkEnd>(9).fill({ end: nowhere, mac: undefined }) },
      /^this computer has 8 network cards, and 9 are given$/,
    ],
    ['orders at a place that can’t be', { control: join(directory, 'no/control') }, /^unix:\/no\/control: it can't be listened at: /],
    ['more diskettes than drives', { floppy: [odd, odd, odd] }, /^this computer has 2 diskette drives, and 3 are given$/],
    [
      'more serial ports than there are',
      { serial: new Array<LineEnd>(5).fill({ kind: 'none' }) },
      /^a PC has 4 serial ports, and 5 are given$/,
    ],
  ];
  for (const [what, request, sentence] of cases)
    test(what, async () => {
      assert.match(await refusal(request), sentence);
    });

  test('memory that is too little, too much or no whole mebibytes', async () => {
    for (const memoryBytes of [1024 ** 2, 4 * 1024 ** 3, 16 * 1024 ** 2 + 1]) {
      const request = { memoryBytes: memoryBytes as NonNullable<BootRequest['memoryBytes']> };
      assert.match(await refusal(request), new RegExp(`^"${memoryBytes} bytes" is no|${memoryBytes} bytes`));
    }
  });

  test('what is refused after a serial port’s file was opened leaves no descriptor open', async () => {
    const before = process.getActiveResourcesInfo().length;
    const serial = join(directory, 'serial');
    await refusal({ image: odd, serial: [{ kind: 'file', path: serial }] });
    assert.equal(process.getActiveResourcesInfo().length, before);
    assert.throws(() => statSync(serial), /ENOENT/);
  });
});
