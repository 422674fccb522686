/** Bochs on the same kernels: Debian's, which has its debugger built in. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const bios = '/usr/share/bochs/BIOS-bochs-latest';
const vgaBios = '/usr/share/vgabios/vgabios.bin';
const romBytes = 512;

/** The command that runs a kernel once, and ends with the exception that nobody takes. `boot`: the kernel with its way into long mode, of 32 bits at 1 MiB. */
export const bochsLine = (directory: string, name: string, boot: string): readonly string[] => {
  const at = (suffix: string): string => join(directory, `${name}-${suffix}`);
  execFileSync('objcopy', ['-O', 'binary', boot, at('image')]);
  writeFileSync(at('rom'), optionRom(directory));
  writeFileSync(at('rc'), 'continue\n');
  const lines = bochsrc({ memoryMib: 64, rom: at('rom'), log: at('log'), images: [[at('image'), 0x10_0000]] });
  writeFileSync(at('bochsrc'), `${lines.join('\n')}\n`);
  return ['sh', '-c', `! bochs -q -f ${at('bochsrc')} -rc ${at('rc')} < /dev/null`];
};

export interface BochsPlan {
  readonly memoryMib: number;
  /** Path of its log. */
  readonly log: string;
  /** Path of the option ROM that leads to what is in memory, and that, up to four. */
  readonly rom?: string;
  readonly images?: readonly (readonly [path: string, at: number])[];
  /** On a terminal of its own; usually whoever would look at its screen need not come. */
  readonly isShown?: boolean;
}

/** Lines of its configuration. */
export const bochsrc = ({ memoryMib, rom, log, images = [], isShown = false }: BochsPlan): readonly string[] => [
  `romimage: file=${bios}`,
  `vgaromimage: file=${vgaBios}`,
  ...(rom === undefined ? [] : [`optromimage1: file=${rom}, address=0xd0000`]),
  ...images.map(([path, at], index) => `optramimage${index + 1}: file=${path}, address=0x${at.toString(16)}`),
  `memory: guest=${memoryMib}, host=${memoryMib}`,
  'cpu: count=1, ips=100000000, reset_on_triple_fault=0',
  isShown ? 'display_library: term' : 'display_library: rfb, options="timeout=0"',
  'clock: sync=none',
  ...['panic: action=fatal', 'info: action=report', 'error: action=ignore', 'debug: action=ignore'],
  `log: ${log}`,
];

/** What its processor was left with in RAX, as its log says. */
export const bochsResult = (directory: string, name: string): bigint => {
  const [, digits = '0'] = /\| RAX=([0-9a-f]{16})/.exec(readFileSync(join(directory, `${name}-log`), 'utf8')) ?? [];
  return BigInt(`0x${digits}`);
};

/** Its bytes, made in a directory. */
export const optionRom = (directory: string): Uint8Array => {
  const [object, flat] = ['option.o', 'option'].map((name) => join(directory, name)) as [string, string]; // There are two.
  execFileSync('as', ['--32', '-o', object, join(import.meta.dirname, 'option.S')]);
  execFileSync('ld', ['-m', 'elf_i386', '-Ttext=0', '--entry=rom', '--oformat', 'binary', '-o', flat, object]);
  const rom = new Uint8Array(romBytes);
  rom.set(readFileSync(flat));
  rom[romBytes - 1] = -rom.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return rom;
};
