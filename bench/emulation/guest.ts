/** A guest without a system: one program at 1 MiB, a stack below, and page tables that map memory onto itself in pages of 4 KiB. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, Processor, Ram, setLong } from '../../src/cpu/index.ts';
import { State } from '../../src/isa/index.ts';

const Place = { tables: 0x1_0000, stack: 0x9_0000, program: 0x10_0000 } as const;
const mapped = 16 * 1024 ** 2;

export const kernels = ['crc', 'sieve', 'qsort', 'interp', 'fib', 'saxpy'] as const;
export type Kernel = (typeof kernels)[number] | 'nothing';

/** Programs of one kernel: for the host, for QEMU as a Multiboot image, and for our processor. */
export interface Programs {
  readonly hosted: string;
  readonly multiboot: string;
  /** The same with its symbols, of 64 bits. */
  readonly boot: string;
  readonly flat: { readonly bytes: Uint8Array; readonly entry: bigint };
}

const usual = ['-O2', '-fno-tree-vectorize', '-fcf-protection=none'] as const;
const free = ['-ffreestanding', '-nostdlib', '-static', '-fno-pie', '-no-pie'] as const;
const placed = ['-Wl,--build-id=none,-z,noexecstack,-z,noseparate-code', `-Wl,-Ttext=0x${(Place.program + 0x1000).toString(16)}`] as const;

/** Builds them in a directory, by gcc and objcopy. The same code in all three, of the same options. */
export const build = (directory: string, kernel: Kernel, rounds: number): Programs => {
  const source = join(import.meta.dirname, 'kernels.c');
  const which = [`-DKERNEL=${kernel}`, `-DROUNDS=${rounds}`];
  const at = (name: string): string => join(directory, `${kernel}-${rounds}-${name}`);
  execFileSync('gcc', [
    ...usual,
    '-fno-builtin',
    '-DHOSTED',
    '-Dqsort=quicksort',
    ...which.map((one) => one.replace('qsort', 'quicksort')),
    '-o',
    at('hosted'),
    source,
  ]);
  execFileSync('gcc', [...usual, ...free, ...which, ...placed, '-o', at('own'), source]);
  execFileSync('objcopy', ['-O', 'binary', at('own'), at('flat')]);
  const symbols = execFileSync('nm', [at('own')], { encoding: 'utf8' });
  const boot = ['-Wl,--section-start=.boot=0x100000,-e,boot', join(import.meta.dirname, 'boot.S')];
  execFileSync('gcc', [...usual, ...free, ...which, ...placed, ...boot, '-o', at('boot'), source]);
  // A Multiboot image is one of 32 bits, whatever is in it; objcopy says what it thinks of that.
  execFileSync('objcopy', ['-O', 'elf32-i386', at('boot'), at('multiboot')], { stdio: ['ignore', 'ignore', 'ignore'] });
  const entry = BigInt(`0x${/^([0-9a-f]+) T _start$/m.exec(symbols)?.[1] ?? '0'}`);
  return { hosted: at('hosted'), multiboot: at('multiboot'), boot: at('boot'), flat: { bytes: readFileSync(at('flat')), entry } };
};

/** A processor about to run it, in long mode. */
export const load = (engine: Engine, { bytes, entry }: Programs['flat']): Processor => {
  const ram = new Ram(2 * mapped);
  ram.write(Place.program + 0x1000, bytes);
  const [top, second, third, first] = [Place.tables, Place.tables + 0x1000, Place.tables + 0x2000, Place.tables + 0x3000];
  ram.write64(top, BigInt(second | 3));
  ram.write64(second, BigInt(third | 3));
  for (let table = 0; table < mapped / 0x20_0000; table++) {
    ram.write64(third + 8 * table, BigInt((first + 0x1000 * table) | 3));
    for (let page = 0; page < 512; page++) ram.write64(first + 0x1000 * table + 8 * page, BigInt((table * 0x20_0000 + page * 0x1000) | 3));
  }
  const processor = new Processor(ram, engine);
  const { state } = processor;
  setLong(state, BigInt(top));
  state.setBigUint64(State.gpr + 8 * 4, BigInt(Place.stack - 8), true);
  state.setBigUint64(State.rip, entry, true);
  processor.flush();
  return processor;
};
