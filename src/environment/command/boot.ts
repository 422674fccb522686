/** The verb that boots a computer. */
import { Refusal } from '../refusal.ts';
import { parseBytes } from '../value/units.ts';
import { parseBoard } from './board.ts';
import { parseChannel } from './channel.ts';
import { asDiskFile } from './disk-file.ts';
import { parseLine } from './line.ts';
import { parseMonitor } from './monitor.ts';
import { parseNetwork } from './network.ts';
import { asText } from './options.ts';
import { parseTrace } from './trace.ts';
import { flag, passing, perhaps, value, values } from './verb.ts';

/** What a debugger may take the processor for: in real-address mode its code is that of an i8086. */
const debugged = ['x86-64', 'i386', 'i8086'] as const;

const parseGdb = (text: string): { readonly port: number; readonly architecture: (typeof debugged)[number] } => {
  const [number = '', name = 'x86-64'] = text.split('/', 2);
  const architecture = debugged.find((one) => one === name);
  const port = /^\d{1,5}$/.test(number) ? Number(number) : 0;
  if (port < 1 || port > 65_535 || architecture === undefined)
    throw new Refusal('malformed-value', [
      '--gdb',
      text,
      'write a port from 1 to 65535, and i386 or i8086 behind it where gdb shall see no more: 1234/i8086',
    ]);
  return { port, architecture };
};

/** Where a page is: at a port of this host's loopback, or in a directory's files. */
export type PagePlace = { readonly port: number } | { readonly directory: string };

const parsePage = (text: string): PagePlace => {
  const isPort = /^\d+$/.test(text);
  if (text === '' || (isPort && (text.length > 5 || Number(text) > 65_535)))
    throw new Refusal('malformed-value', [
      '--page',
      text,
      'write a port up to 65535, 0 for any that is free, or a directory: one that is called like a number as ./8080',
    ]);
  return isPort ? { port: Number(text) } : { directory: text };
};

/** Undefined where it is no number. */
const numberIn = (text: string): number | undefined => (/^(0x[\da-f]+|\d+)$/i.test(text) ? Number(text) : undefined);

/** A physical address. */
const parseAddress = (text: string): number => {
  const address = numberIn(text);
  if (address === undefined || address >= 2 ** 32)
    throw new Refusal('malformed-value', ['--load-address', text, 'write an address below 4 GiB, like 0x100000']);
  return address;
};

/** Where code begins: an address, in protected mode, or a segment and an offset, in real-address mode. */
const parseEntry = (text: string): number | { readonly segment: number; readonly offset: number } => {
  const parts = text.split(':').map(numberIn);
  const [first, second] = parts;
  if (first !== undefined && parts.length === 1 && first < 2 ** 32) return first;
  if (first !== undefined && second !== undefined && parts.length === 2 && first <= 0xffff && second <= 0xffff)
    return { segment: first, offset: second };
  throw new Refusal('malformed-value', [
    '--entry',
    text,
    'write an address, for protected mode, like 0x100000; or segment and offset, for real-address mode, like 0x7c0:0',
  ]);
};

/** Of the processor: the features that some level of x86-64 has, or all there are. */
const levels = ['x86-64-v1', 'x86-64-v2', 'x86-64-v3', 'all'] as const;

export interface CpuChoice {
  readonly level: (typeof levels)[number];
  /** Twelve characters. */
  readonly vendor: string | undefined;
}

const parseCpu = (text: string): CpuChoice => {
  const [name, ...more] = text.split(',');
  const level = levels.find((one) => one === name);
  const vendor = more.length === 1 ? /^vendor=([\x20-\x7e]{12})$/.exec(more[0] ?? '')?.[1] : undefined;
  if (level === undefined || more.length > 1 || (more.length === 1 && vendor === undefined))
    throw new Refusal('malformed-value', [
      '--cpu',
      text,
      `write one of ${levels.join(', ')}, and perhaps a vendor of twelve characters: all,vendor=AuthenticAMD`,
    ]);
  return { level, vendor };
};

const jits = ['on', 'off', 'always'] as const;

const parseJit = (text: string): (typeof jits)[number] => {
  const found = jits.find((one) => one === text);
  if (found !== undefined) return found;
  throw new Refusal('malformed-value', ['--jit', text, 'write on, off or always']);
};

const processors = ['emulated', 'direct', 'kvm', 'auto'] as const;

const parseProcessor = (text: string): (typeof processors)[number] => {
  const found = processors.find((one) => one === text);
  if (found !== undefined) return found;
  throw new Refusal('malformed-value', ['--processor', text, 'write emulated, direct, kvm or auto']);
};

const mostCpus = 8;

const parseCpus = (text: string): number => {
  const cpus = /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (cpus >= 1 && cpus <= mostCpus) return cpus;
  throw new Refusal('malformed-value', ['--cpus', text, `write a number from 1 to ${mostCpus}`]);
};

/** Where a computer's screen is seen. */
export type Display = 'auto' | 'text' | 'none' | { readonly png: string };

const parseDisplay = (text: string): Display => {
  if (text === 'auto' || text === 'text' || text === 'none') return text;
  const png = /^png:(.+)$/.exec(text)?.[1];
  if (png === undefined) throw new Refusal('malformed-value', ['--display', text, 'write auto, text, none, or png:FILE']);
  return { png };
};

export const boot = passing({
  words: ['boot'],
  summary: 'Boot a computer: any system, on an emulated PC',
  details:
    'A terminal shows the computer’s screen and is its keyboard. Where standard input and output are none, or a kernel is told console=ttyS0, the first serial port is the console instead: standard output and, where there is one, the terminal’s keys. SIGUSR1 writes the PNG file of the moment. What the guest writes to its disks and diskettes is written to these files. Ctrl-] switches the computer off, Ctrl-^ takes an order as --control does. Ends with 0 when it has switched itself off, with (2 × value + 1) where a program in it wrote a value to its debug-exit port 0xf4, and with 1 where its processor can’t go on.',
  operands: {
    image: perhaps(
      'IMAGE',
      'host path',
      'what it boots: an ISO 9660 file is a CD, one of a diskette’s size a diskette, any other a hard disk',
    ),
  },
  options: {
    disk: values(
      'FILE[,WHAT…]',
      asDiskFile('--disk'),
      'a further hard disk, on IDE; three at the most: raw, qcow2, vpc (VHD) or vmdk, as it begins, or as said behind commas: format=raw, snapshot=NAME, backing=none|DIRECTORY, overlay=FILE',
      { names: 'host path' },
    ),
    ahci: values('FILE[,WHAT…]', asDiskFile('--ahci'), 'a disk on AHCI (SATA), six at most', { names: 'host path' }),
    nvme: values('FILE[,WHAT…]', asDiskFile('--nvme'), 'a disk on NVMe', { names: 'host path' }),
    virtio: values('FILE[,WHAT…]', asDiskFile('--virtio'), 'a disk on virtio, eight at most', { names: 'host path' }),
    cdrom: value('FILE', asText, 'what is in the CD drive', { names: 'host path' }),
    floppy: values('FILE', asText, 'what is in diskette drives A and B', { names: 'host path' }),
    readOnly: flag('disks and diskettes are write-protected, so several computers can have the same'),
    kernel: value('FILE', asText, 'what it begins with instead of a disk: a kernel of Linux, or one for Multiboot, Multiboot 2 or PVH', {
      names: 'host path',
    }),
    loadAddress: value('ADDRESS', parseAddress, 'the kernel is no such one, but bytes to be put there'),
    entry: value('ADDRESS|SEGMENT:OFFSET', parseEntry, 'where these begin: an address in protected mode, a segment in real-address mode', {
      usually: 'where they were put, in protected mode',
    }),
    initrd: value('FILE', asText, 'the kernel’s first root file system', { names: 'host path' }),
    module: values('FILE', asText, 'a module of a Multiboot or PVH kernel, and after a space what is said to it', { names: 'host path' }),
    append: value('TEXT', asText, 'the kernel’s command line'),
    memoryBytes: value('SIZE', (text) => parseBytes(text, '--memory'), 'memory, 2M to 3584M', { short: 'm', usually: '512M' }),
    cpu: value('LEVEL[,vendor=NAME]', parseCpu, 'what its processor has, x86-64-v1 to -v3 or all, and who it says made it', {
      usually: 'all,vendor=GenuineIntel',
    }),
    cpus: value(
      'NUMBER',
      parseCpus,
      'processors, 1 to 8, which take turns: to the computer’s system they are as many, together they are as fast as one',
      {
        usually: '1',
      },
    ),
    jit: value(
      'on|off|always',
      parseJit,
      'whether code that runs often is translated for the host, or always, before it runs first, which is slow; it runs the same, but for the time it takes',
      { usually: 'on' },
    ),
    processor: value(
      'emulated|direct|kvm|auto',
      parseProcessor,
      'what carries out its instructions: isola alone; this host’s processor those of programs, in processes that confine them; or all of them, by /dev/kvm; auto is the fastest of these that works here, which it tells',
      { usually: 'emulated' },
    ),
    board: value(
      'pc|microvm',
      parseBoard,
      'a PC with all that there ever was, or what a kernel of today needs to begin with: no firmware, no screen, no keyboard, NVMe and virtio, or Xen’s disks; its first serial port is its console',
      { usually: 'pc' },
    ),
    monitor: value(
      'none|xen|kvm[,WHAT…]',
      parseMonitor,
      'what a kernel finds that knows its monitor: nothing; what Xen offers, whose console is the first serial port’s line, and whose disks and network cards are those given; or what KVM offers, behind commas what of that: usual, which is clock, iodelay, eoi; and of processors that take turns, or wait for the host, steal, flush, yield, ipi, unhalt, poll',
      { usually: 'none, and of a microvm kvm' },
    ),
    bios: value('FILE', asText, 'firmware instead of SeaBIOS, up to 1 MiB: its end is where the processor begins', { names: 'host path' }),
    testDevice: flag('with what kvm-unit-tests try a machine by: QEMU’s pc-testdev'),
    control: value(
      'PATH',
      asText,
      'a socket at which it is told what to do while it runs, a line an order: plug FILE, unplug NUMBER, insert cd FILE, eject cd, disks, save FILE, processor WHICH, power, ask WHAT, off, help',
      { names: 'host path' },
    ),
    restore: value(
      'FILE',
      asText,
      'go on from a snapshot, which the order save wrote: with the disks it had then, as they were; memory, processor and kernel are the snapshot’s. A kernel that is named, too, is for when its system begins anew',
      { names: 'host path' },
    ),
    page: value(
      'PORT|DIRECTORY',
      parsePage,
      'have it run in a browser’s tab instead of here: serve a page with it at this port of the host’s loopback, or write the page’s files there, for any web server. What the guest writes stays in the browser',
      { names: 'host path' },
    ),
    gdb: value('PORT[/i386|/i8086]', parseGdb, 'wait for gdb on this port of the host’s loopback: target remote :PORT'),
    record: value('FILE', asText, 'write down all that comes in, so that the run can be had again; disks stay as they are', {
      names: 'host path',
    }),
    replay: value('FILE', asText, 'run as it was recorded, and tell where it differs', { names: 'host path' }),
    profile: value(
      'FILE',
      asText,
      'write down where it spends its instructions: folded stacks, as flame graphs are drawn from; FILE.json: these and what its processor did, counted',
      {
        names: 'host path',
      },
    ),
    symbols: values('FILE', asText, 'names for --profile: an ELF file, System.map, or a copy of the guest’s /proc/kallsyms', {
      names: 'host path',
    }),
    trace: value(
      'FILE[,WHAT…]',
      parseTrace,
      'write down what its processor does: instructions, interrupts, ports, mmio, msrs, or all; behind commas also from=ADDRESS, until=ADDRESS, in=FIRST-LAST and count=LINES; FILE - is standard error',
      { usually: 'instructions and interrupts', names: 'host path' },
    ),
    display: values(
      'WHERE',
      parseDisplay,
      'where its screen is seen: text in this terminal, none (its first serial port is the console), or as png:FILE when it ends',
      { usually: 'auto' },
    ),
    serial: values(
      'WHERE',
      parseLine('--serial'),
      'where the next serial port leads, COM1 to COM4: stdio, none, file:PATH, unix:PATH[,server], tcp:HOST:PORT[,server]',
      {
        usually: 'stdio',
      },
    ),
    network: values(
      'WHERE',
      parseNetwork,
      'a network card, virtio, and where its cable leads: unix:PATH or tcp:HOST:PORT, perhaps with ,server and ,mac=ADDRESS; frames go as QEMU’s -netdev stream and passt have them',
    ),
    channel: values(
      'NAME=WHERE',
      parseChannel,
      'a line of bytes into the guest, virtio, which Linux has as /dev/virtio-ports/NAME, and where it leads, as for --serial',
    ),
    entropy: flag('a source of entropy, virtio, which has it from the host'),
    debugcon: value(
      'WHERE',
      parseLine('--debugcon'),
      'where what programs write to ports 0xe9 and 0x402 goes, as for --serial: SeaBIOS tells what it does',
    ),
    post: value('WHERE', parseLine('--post'), 'where POST codes go, port 0x80 and 0x190, as two digits in a line each'),
  },
  examples: [
    { line: 'boot disk.img', does: 'whatever is on a disk' },
    { line: 'boot debian-12-netinst.iso --memory 1G', does: 'a CD' },
    { line: 'boot disk.img --display none --display png:screen.png', does: 'with a screenshot at its end' },
    { line: 'boot disk.img --serial stdio --serial unix:/run/com2,server,wait=off', does: 'with a second serial port at a socket' },
    {
      line: 'boot disk.img --network unix:/run/passt.socket',
      does: 'with a network card whose frames passt has: passt --socket /run/passt.socket',
    },
    { line: 'boot --kernel vmlinuz --initrd initrd.gz --append console=ttyS0', does: 'a Linux kernel' },
    {
      line: 'boot --board microvm --kernel vmlinuz --nvme root.img --append "console=ttyS0 root=/dev/nvme0n1"',
      does: 'without what a kernel of today doesn’t need',
    },
    {
      line: 'boot --kernel program.bin --load-address 0x7c00 --entry 0x7c0:0',
      does: 'bytes in real-address mode, as firmware starts a boot sector',
    },
    { line: 'boot debian.qcow2 --nvme data.img,format=raw', does: 'images of disks, as QEMU has them' },
    { line: 'boot debian.qcow2,overlay=mine.qcow2', does: 'what it writes goes into an image of its own' },
    { line: 'boot disk.img --control /run/vm1', does: 'so that disks can be plugged in and out: echo plug data.img | nc -N -U /run/vm1' },
    { line: 'boot disk.img --restore vm1.isola', does: 'and go on from where it was saved: echo save vm1.isola | nc -N -U /run/vm1' },
    { line: 'boot disk.img --processor auto', does: 'with this host’s processor, as far as it can be had' },
    { line: 'boot disk.img --page 8080', does: 'in a browser’s tab: open http://127.0.0.1:8080/' },
    { line: 'boot disk.img --record run.isola', does: 'so that it can be run again' },
    { line: 'boot --kernel vmlinux --append console=ttyS0 --profile boot.folded', does: 'and tell where it was most' },
    { line: 'boot disk.img --trace boot.txt,all,from=0x7c00,count=100000', does: 'and write down what it does from its boot sector on' },
    { line: 'boot disk.img --replay run.isola', does: 'as it ran then, instruction by instruction' },
  ],
  apart: true,
});
