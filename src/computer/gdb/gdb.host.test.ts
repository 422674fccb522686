/** Debian's gdb against computers whose programs are a few bytes. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { suite, test } from 'node:test';
import { whyNoFirmware } from '../../../test/boot/firmware.ts';
import { Pc } from '../../board/index.ts';
import { Drive } from '../../desk/index.ts';
import type { Architecture } from '../../gdb/index.ts';
import type { CpuState } from '../../machine/index.ts';
import { firmware } from '../boot/firmware.ts';
import { engine } from '../engine/index.ts';
import { hostTime, hostTimers } from '../time.ts';
import { Debugged, openDoor, StoppableTime } from './index.ts';

const skip = spawnSync('gdb', ['--version']).error === undefined ? false : 'gdb is not here';
const mib = 1024 ** 2;

interface Begin {
  readonly firmware?: ReturnType<typeof firmware>;
  readonly code?: readonly [at: number, bytes: readonly number[]];
  readonly state?: (fresh: CpuState) => CpuState;
  readonly architecture?: Architecture;
  readonly isPaged?: boolean;
  /** While gdb runs. */
  readonly meanwhile?: (gdb: ChildProcess) => void;
}

/** What gdb says; how the computer ended, of which nothing is heard where it went on. */
const debugged = async (commands: readonly string[], begin: Begin): Promise<{ said: string; pc: Pc; why: string | undefined }> => {
  const time = new StoppableTime(hostTime());
  const pc = new Pc({ engine: engine(), memoryBytes: 4 * mib, now: time.now, startSeconds: 0, lines: [], ...begin.firmware });
  if (begin.code !== undefined) pc.ram.write(begin.code[0], Uint8Array.from(begin.code[1]));
  if (begin.isPaged === true) paged(pc);
  if (begin.state !== undefined) pc.processor.load(begin.state(pc.processor.save()));
  const held = new Debugged(pc, time);
  const drive = new Drive(held, hostTimers);
  const port = await freePort();
  using _door = await openDoor({ port, architecture: begin.architecture ?? 'x86-64' }, held, () => drive.wake());
  const end = drive.run({ feed: () => false, look: () => {} });
  const all = ['set pagination off', 'set confirm off', `target remote :${port}`, ...commands];
  const gdb = spawn('gdb', ['-nx', '-batch', ...all.flatMap((one) => ['-ex', one])], { timeout: 60_000 });
  begin.meanwhile?.(gdb);
  let said = '';
  for (const stream of [gdb.stdout, gdb.stderr]) stream.on('data', (some: Buffer) => (said += some));
  await new Promise((resolve) => gdb.on('close', resolve));
  drive.stop();
  return { said, pc, why: (await end)?.why };
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const segment = (selector: number, rights: number, limit = 0xffff_ffff): CpuState['cs'] => ({ selector, base: 0n, limit, rights });
const everywhere = (data: CpuState['ds']): Pick<CpuState, 'ss' | 'ds' | 'es'> => ({ ss: data, ds: data, es: data });
const realAt =
  (rip: bigint) =>
  (fresh: CpuState): CpuState => ({ ...fresh, cs: segment(0, 0x93, 0xffff), rip });
const protectedAt =
  (rip: bigint) =>
  (fresh: CpuState): CpuState => ({
    ...fresh,
    cr0: 0x11,
    general: fresh.general.map(() => 0n),
    cs: segment(8, 0xc09b),
    ...everywhere(segment(16, 0xc093)),
    rip,
  });

const high = 0xffff_ffff_8000_0000n;
const tables = 0x10_0000;
/** Page tables that have the first GiB twice: where it is, and at the top as the Linux kernel does. */
const paged = (pc: Pc): void => {
  for (const [at, entry] of [
    [0, 0x1000],
    [8 * 511, 0x1000],
    [0x1000, 0x2000],
    [0x1000 + 8 * 510, 0x2000],
  ] as const)
    pc.ram.write64(tables + at, BigInt(tables + entry + 3));
  for (let page = 0; page < 512; page++) pc.ram.write64(tables + 0x2000 + 8 * page, BigInt(page * 2 * mib + 0x83));
};
const longAt =
  (rip: bigint) =>
  (fresh: CpuState): CpuState => ({
    ...fresh,
    ...{ cr0: 0x8000_0011, cr3: BigInt(tables), cr4: 0x20, efer: 0x500, cs: segment(8, 0xa09b), ...everywhere(segment(16, 0xc093)), rip },
  });

// mov ax, 1234h; mov bx, 5678h; mov [500h], ax; inc ax; mov [502h], ax; jmp $
const program16 = [0xb8, 0x34, 0x12, 0xbb, 0x78, 0x56, 0xa3, 0x00, 0x05, 0x40, 0xa3, 0x02, 0x05, 0xeb, 0xfe];

suite('gdb', { skip }, () => {
  test('real-address mode: it breaks, steps, watches, and the code is as it was', async () => {
    const { said } = await debugged(
      [
        'break *0x7c06',
        'continue',
        'p/x $ax',
        'x/2xb 0x7c06',
        'stepi',
        'x/1xh 0x500',
        'watch *(short *) 0x502',
        'continue',
        'x/i $pc',
        'p/x $bx',
      ],
      { architecture: 'i8086', code: [0x7c00, program16], state: realAt(0x7c00n) },
    );
    match(said, /Breakpoint 1, 0x00007c06/);
    match(said, /\$1 = 0x1234\n0x7c06:\s+0xa3\s+0x00\n0x00007c09/);
    match(said, /0x500:\s+0x1234/);
    match(said, /Hardware watchpoint 2: .*\n+Old value = 0\nNew value = 4661\n/);
    match(said, /=> 0x7c0d:\s+jmp +0x7c0d/);
    match(said, /= 0x5678/);
  });

  test('protected mode: what isn’t a breakpoint’s is counted, and registers are written', async () => {
    // mov ecx, 1000; L: inc edx; loop L; jmp $
    const program = [0xb9, 0xe8, 0x03, 0, 0, 0x42, 0xe2, 0xfd, 0xeb, 0xfe];
    const { said } = await debugged(
      [
        'break *0x10006',
        'ignore 1 41',
        'continue',
        'p $edx',
        'set $edx = 5',
        'delete',
        'hbreak *0x10008',
        'continue',
        'p $edx',
        'p $eflags',
        'p/x $cr0',
      ],
      { architecture: 'i386', code: [0x10000, program], state: protectedAt(0x10000n) },
    );
    match(said, /\$1 = 42\n/);
    match(said, /Breakpoint 2, 0x00010008/);
    match(said, /\$2 = 963\n\$3 = \[.*\]\n\$4 = 0x11\n/);
  });

  test('64-bit mode: addresses of the top half, vectors and the x87, and a jump', async () => {
    // mov rax, 1234h; mov [high + 10500h], rax; inc rax; nop; jmp $
    const program = [0x48, 0xc7, 0xc0, 0x34, 0x12, 0, 0, 0x48, 0x89, 0x04, 0x25, 0, 0x05, 0x01, 0x80, 0x48, 0xff, 0xc0, 0x90, 0xeb, 0xfe];
    const at = high + 0x10000n;
    const hex = (offset: bigint): string => `0x${(at + offset).toString(16)}`;
    const commands = [
      ...[`break *${hex(7n)}`, 'continue', 'p/x $rax', 'stepi', `x/1xg ${hex(0x500n)}`, `hbreak *${hex(19n)}`, 'continue', 'p/x $rip'],
      ...[
        'set $xmm1.v2_double[1] = 2.5',
        'p $xmm1.v2_double',
        'set $st0 = 1.25',
        'p $st0',
        'set $k_gs_base = 0xffff888000000000',
        'p/x $k_gs_base',
      ],
      ...[`set $rip = ${hex(0n)}`, 'set $rax = 0', 'continue', 'p/x $rax', 'x/1xg 0x200000', 'x/1xg 0x123456789000'],
    ];
    const { said, pc } = await debugged(commands, {
      code: [0x10000, program],
      state: longAt(at),
      isPaged: true,
    });
    match(said, new RegExp(`Breakpoint 1, ${hex(7n)}`));
    match(said, /\$1 = 0x1234\n/);
    match(said, new RegExp(`${hex(0x500n)}:\\s+0x0000000000001234`));
    match(said, new RegExp(`Breakpoint 2, ${hex(19n)}`));
    match(said, /= \{0, 2\.5\}\n.* = 1\.25\n.* = 0xffff888000000000\n/);
    match(said, /\n\nBreakpoint 1, .*\n\$6 = 0x1234\n/);
    match(said, /Cannot access memory at address 0x123456789000/);
    match(said, /0x200000:\s+0x0000000000000000/);
    // What gdb looked at is not marked as accessed.
    equal(pc.ram.read64(tables + 0x2008) & 0x20n, 0n);
    equal(pc.ram.read64(tables + 0x2000) & 0x20n, 0x20n);
  });

  test('SeaBIOS is held at the reset vector, breaks where the code segment doesn’t begin at 0, and goes on', {
    skip: whyNoFirmware(),
  }, async () => {
    const commands = [
      'p/x $cs',
      'p/x $pc',
      'x/i $cs_base + $pc',
      'break *0xfe05b',
      'continue',
      'stepi',
      'p/x $cs_base + $pc',
      'delete',
      'break *0x7c00',
    ];
    const { said } = await debugged(commands, { firmware: firmware(), architecture: 'i8086' });
    match(said, /\$1 = 0xf000\n\$2 = 0xfff0\n.*0xfffffff0:\s+ljmp +\$0xf000,\$0xe05b/);
    match(said, /SIGTRAP[^\n]*\n0x0000e05b in/);
    match(said, /\$3 = 0xfe062\n/);
  });

  test('Ctrl-C stops a program that runs forever, and one that waits for nothing', async () => {
    for (const program of [
      [0xeb, 0xfe],
      [0xfa, 0xf4],
    ]) {
      const { said } = await debugged(['continue', 'p/x $pc'], {
        architecture: 'i8086',
        code: [0x7c00, program],
        state: realAt(0x7c00n),
        meanwhile: (gdb) => setTimeout(() => gdb.kill('SIGINT'), 1500),
      });
      match(said, /SIGINT/);
      match(said, /\$1 = 0x7c0[02]\n/);
    }
  });

  test('a triple fault is told, and the registers are those of where it was', async () => {
    const { said, why } = await debugged(['continue', 'p/x $pc', 'kill'], {
      architecture: 'i8086',
      code: [0x7c00, [0x90, 0x0f, 0x0b]],
      state: (fresh) => ({ ...realAt(0x7c00n)(fresh), idtr: { base: 0n, limit: 0 } }),
    });
    match(said, /a triple fault/);
    match(said, /SIGSEGV/);
    match(said, /\$1 = 0x7c01\n/);
    deepEqual(why, 'off');
  });

  test('who leaves lets it go on', async () => {
    // inc word [500h]; jmp back
    const { said, pc, why } = await debugged(['stepi', 'break *0x7c00', 'detach', 'shell sleep 0.3'], {
      architecture: 'i8086',
      code: [0x7c00, [0xff, 0x06, 0x00, 0x05, 0xeb, 0xfa]],
      state: realAt(0x7c00n),
    });
    match(said, /detached/);
    equal(why, undefined);
    equal(pc.processor.instructions > 1000n, true);
  });
});
