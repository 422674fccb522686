import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { linuxFrame, signals } from '../../abi/index.ts';
import { canExecuteDirectly } from './check.ts';
import type { Child } from './child.ts';
import { Children } from './children.ts';
import { hasCode32 } from './code32.ffi.ts';
import { inChild, Shared } from './layout.ts';
import { monotonic } from './monotonic.ts';
import { openHandshake, sharePages } from './native.ffi.ts';
import { SharedMemory } from './shared-memory.ffi.ts';
import { stub } from './stub.ts';

const { context, registerOrder, selectors } = linuxFrame;
const verdict = canExecuteDirectly();
const options = { skip: verdict.ok ? (hasCode32() ? false : 'this host has no segment for code of 32 bits') : verdict.missing };
const [code, data] = [0x40_0000, 0x60_0000];
const second = 1e9;

const pages = sharePages('test', 2 ** 18);
const memory = new Uint8Array(pages.view.buffer);
const shared = new SharedMemory(memory);
shared.share('empty');
const children = verdict.ok ? new Children(shared.file) : undefined;
after(() => {
  children?.[Symbol.dispose]();
  shared[Symbol.dispose]();
  pages[Symbol.dispose]();
});

const registers = { rax: 0, rbx: 3, rsp: 4, rbp: 5, r9: 9 } as const;
const placeOf = (child: Child, name: keyof typeof registers | 'rip'): number =>
  child.context + (name === 'rip' ? context.rip : context.registers + 8 * registerOrder.indexOf(registers[name]));
const put = (child: Child, name: keyof typeof registers | 'rip', value: bigint): void =>
  child.shared.setBigUint64(placeOf(child, name), value, true);
const take = (child: Child, name: keyof typeof registers | 'rip'): bigint => child.shared.getBigUint64(placeOf(child, name), true);

/** Its code of 32 bits is at `code`, its stack ends in the midst of the page at `data`. */
const withCode = (...bytes: readonly number[]): Child => {
  const child = children?.open();
  if (child === undefined) throw new Error('there is no child');
  memory.set(bytes, 0);
  child.show(code, 0, 4096, { isWritable: false, isExecutable: true });
  child.show(data, 4096, 4096, { isWritable: true, isExecutable: false });
  begin(child);
  return child;
};

const begin = (child: Child): void => {
  put(child, 'rip', BigInt(code));
  put(child, 'rsp', BigInt(data + 2048));
  put(child, 'rbp', BigInt(data + 2048));
  child.shared.setUint16(child.context + context.cs, selectors.code32, true);
  child.shared.setBigUint64(Shared.selectors, 0x0000_0000_002b_002bn, true);
};
const run = (child: Child): number => {
  equal(child.run(monotonic() + second), 'stopped');
  return child.shared.getUint32(Shared.signal, true);
};
const words = (value: number): readonly number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
const wide = (value: bigint): readonly number[] => Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
/** JMP FAR to code of 64 bits that follows. */
const go64 = (at: number): readonly number[] => [0xea, ...words(code + at + 7), selectors.code, 0];
/** PUSH of a selector and an address, RETF: to code of 32 bits that follows. */
const go32 = (at: number): readonly number[] => [0x6a, selectors.code32, 0x68, ...words(code + at + 9), 0x48, 0xcb];

test(
  'a program of 32 bits runs on its own pages, by its thread’s segment, too, and what asks the kernel stops it, with nothing done',
  options,
  () => {
    // mov %gs:4, %ebx; inc %eax; int $0x80
    const child = withCode(0x65, 0x8b, 0x1d, 4, 0, 0, 0, 0x40, 0xcd, 0x80);
    new DataView(memory.buffer).setUint32(4096 + 260, 0x1234_5678, true);
    child.shared.setUint16(Shared.selectors + 6, 0x2b, true);
    child.shared.setBigUint64(Shared.gsBase, BigInt(data + 256), true);
    put(child, 'rax', 19n);
    equal(run(child), signals.SIGSYS);
    // getpid(2): its number is what it was.
    deepEqual([take(child, 'rax'), take(child, 'rbx')], [20n, 0x1234_5678n]);
    equal(take(child, 'rip'), BigInt(code + 10));
    deepEqual([child.shared.getUint16(child.context + context.cs, true), child.shared.getUint16(Shared.selectors + 6, true)], [0x23, 0x2b]);
    equal(child.shared.getBigUint64(Shared.gsBase, true), BigInt(data + 256));
    child.end();
  },
);

test('calls of 32 bits reach nothing of the host, whichever way they are asked for', options, () => {
  // exit(2), fork(2), execve(2), kill(2), clone(2), mmap2(2), prctl(2), rt_sigreturn(2): by INT 80h, SYSENTER and SYSCALL, from code of 32 bits.
  const wanted = [1, 2, 11, 37, 120, 192, 172, 173];
  const ways = [
    [0xcd, 0x80],
    [0x0f, 0x34],
    [0x0f, 0x05],
  ] as const;
  const child = withCode(0x90);
  for (const way of ways) {
    memory.set(way, 0);
    for (const number of wanted) {
      begin(child);
      put(child, 'rax', BigInt(number));
      put(child, 'rbx', BigInt(process.pid));
      const signal = run(child);
      // What a processor doesn't know is SIGILL, and who went to nowhere by it SIGSEGV.
      ok([signals.SIGSYS, signals.SIGILL, signals.SIGSEGV].includes(signal as typeof signals.SIGSYS), `${number} by ${way}: ${signal}`);
      if (way[0] === 0xcd) equal(signal, signals.SIGSYS);
      ok([BigInt(number), 0xffff_fff2n].includes(BigInt.asUintN(32, take(child, 'rax'))), `${number} by ${way}`);
    }
  }
  ok(readFileSync(`/proc/${process.pid}/status`, 'utf8').includes('SigPnd:\t0000000000000000'));
  ok(readFileSync(`/proc/${child.pid}/status`, 'utf8').includes('Threads:\t2'));
  child.end();
});

test('one that goes to code of 64 bits by itself reaches no more there, and comes back', options, () => {
  // movabs $0x1122334455667788, %r9; back; int $0x80
  const marked = [...go64(0), 0x49, 0xb9, ...wide(0x1122_3344_5566_7788n)];
  const child = withCode(...marked, ...go32(marked.length), 0xcd, 0x80);
  put(child, 'rax', 20n);
  equal(run(child), signals.SIGSYS);
  deepEqual([child.shared.getUint16(child.context + context.cs, true), take(child, 'r9')], [selectors.code32, 0x1122_3344_5566_7788n]);
  // mov $kill, %eax; mov $this process, %edi; movabs $its own page's call, %rcx; jmp *%rcx
  const page = stub();
  const calls = Array.from(page.keys()).filter((at) => page[at] === 0x0f && page[at + 1] === 0x05);
  ok(calls.length > 20);
  for (const at of calls) {
    const reaching = [0xb8, ...words(62), 0xbf, ...words(process.pid), 0x48, 0xb9, ...wide(inChild.code + BigInt(at)), 0xff, 0xe1];
    memory.set([...go64(0), ...reaching], 0);
    begin(child);
    equal(run(child), signals.SIGSYS, `${at}`);
    deepEqual([child.shared.getUint16(child.context + context.cs, true), take(child, 'rax')], [selectors.code, 62n]);
  }
  // And a call of 32 bits from there: int $0x80.
  memory.set([...go64(0), 0xb8, ...words(20), 0xcd, 0x80], 0);
  begin(child);
  equal(run(child), signals.SIGSYS);
  notEqual(take(child, 'rax'), BigInt(child.pid));
  child.end();
});

test('where somebody’s filter ends who asks in the way of 32 bits, they are emulated, and those of 64 go on', options, () => {
  equal(children?.hasCode32, true);
  const of = (file: string): string => join(import.meta.dirname, file);
  const program = `
    import { getRawPointer } from 'node:ffi';
    import { linuxSeccomp } from '${of('../../abi/index.ts')}';
    import { systemCall } from '${of('../kernel/libc.ffi.ts')}';
    import { Children } from '${of('children.ts')}';
    import { encoded } from '${of('filter.ts')}';
    import { sharePages } from '${of('native.ffi.ts')}';
    const { classicOp: op, seccompData, seccompOn, answer, setModeFilter, flagTsync } = linuxSeccomp;
    const steps = [[op.loadWord, 0, 0, seccompData.architecture], [op.jumpIfEqual, 1, 0, seccompOn.x64.audit], [op.end, 0, 0, answer.killProcess], [op.end, 0, 0, answer.allow]];
    const bytes = encoded(steps);
    const fprog = new DataView(new ArrayBuffer(16));
    fprog.setUint16(0, steps.length, true);
    fprog.setBigUint64(8, getRawPointer(bytes), true);
    systemCall(157, [38, 1], 'prctl', '');
    systemCall(seccompOn.x64.call, [setModeFilter, flagTsync, getRawPointer(fprog.buffer)], 'seccomp', '');
    const told = [];
    const pages = sharePages('test', 65536);
    const children = new Children(pages.file, (incident) => told.push(incident));
    console.log(JSON.stringify([children.hasCode32, children.hasCode32, children.open() !== undefined, told]));
    process.exit();
  `;
  const { stdout } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  deepEqual(JSON.parse(stdout), [false, false, true, ['narrow']]);
});

test('flags that no signal brings back are those that were put there', options, () => {
  // pushf; pop %eax; int $0x80
  const child = withCode(0x9c, 0x58, 0xcd, 0x80);
  for (const id of [0x20_0000, 0, 0x20_0000]) {
    begin(child);
    child.shared.setBigUint64(child.context + context.flags, BigInt(0x202 | id), true);
    equal(run(child), signals.SIGSYS);
    equal(Number(take(child, 'rax')) & 0x20_4000, id);
  }
  child.end();
});

test('libraries that are nowhere but in memory are each their own, though their files had one number', options, () => {
  const blocks = [openHandshake(), openHandshake()].map(({ block }) => block);
  blocks[0]?.setUint32(0, 1, true);
  blocks[1]?.setUint32(0, 2, true);
  equal(blocks[0]?.getUint32(0, true), 1);
});
