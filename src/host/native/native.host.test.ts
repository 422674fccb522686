import { deepEqual, equal, ok } from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { linuxFrame, signals } from '../../abi/index.ts';
import { canExecuteDirectly } from './check.ts';
import type { Child } from './child.ts';
import { Children } from './children.ts';
import type { Incident } from './incident.ts';
import { inChild, Shared } from './layout.ts';
import { monotonic } from './monotonic.ts';
import { sharePages } from './native.ffi.ts';
import { SharedMemory } from './shared-memory.ffi.ts';
import { stub } from './stub.ts';

const { context, registerOrder } = linuxFrame;
const verdict = canExecuteDirectly();
const options = { skip: verdict.ok ? false : verdict.missing };
const second = 1e9;
const [code, data] = [0x40_0000, 0x60_0000];
const readOnly = { isWritable: false, isExecutable: false };
const [executable, writable] = [
  { isWritable: false, isExecutable: true },
  { isWritable: true, isExecutable: false },
];

/** Whole pages, which stay where they are. */
const pages = sharePages('test', 2 ** 18);
const memory = new Uint8Array(pages.view.buffer);
const shared = new SharedMemory(memory);
shared.share('empty');
const befallen: Incident[] = [];
const children = verdict.ok ? new Children(shared.file, (incident) => befallen.push(incident)) : undefined;
/** What befell since this was asked last. */
const took = (): readonly Incident[] => befallen.splice(0);
after(() => {
  children?.[Symbol.dispose]();
  shared[Symbol.dispose]();
  pages[Symbol.dispose]();
});

const opened = (): Child => {
  const child = children?.open();
  if (child === undefined) throw new Error('there is no child');
  return child;
};

/** Its memory from 0 on is at `code`, and may be executed there. */
const withCode = (...bytes: readonly number[]): Child => {
  const child = opened();
  memory.set(bytes, 0);
  child.show(code, 0, 4096, executable);
  put(child, 'rip', BigInt(code));
  return child;
};

const places = { rax: 0, rcx: 1, rdx: 2, rdi: 7 } as const;
const placeOf = (child: Child, name: keyof typeof places | 'rip'): number =>
  child.context + (name === 'rip' ? context.rip : context.registers + 8 * registerOrder.indexOf(places[name] as 0));
const put = (child: Child, name: keyof typeof places | 'rip', value: bigint): void =>
  child.shared.setBigUint64(placeOf(child, name), value, true);
const take = (child: Child, name: keyof typeof places | 'rip'): bigint => child.shared.getBigUint64(placeOf(child, name), true);
const run = (child: Child): number => {
  equal(child.run(monotonic() + second), 'stopped');
  return child.shared.getUint32(Shared.signal, true);
};

test('the program that isola writes out is what objdump reads', { skip: options.skip }, (t) => {
  const path = `/tmp/isola-stub-${process.pid}`;
  t.after(() => execFileSync('rm', ['-f', path]));
  writeFileSync(path, stub());
  const listed = execFileSync('objdump', ['-D', '-b', 'binary', '-m', 'i386:x86-64', '--start-address=120', path], { encoding: 'utf8' });
  ok((listed.match(/\bsyscall\b/g)?.length ?? 0) > 20);
  for (const name of ['rdfsbase %rax', 'rdgsbase %rax', 'wrfsbase %rax', 'wrgsbase %rax', 'xchg   %eax,0x0(%r15)', 'mov    %ds,0x30(%r15)'])
    ok(listed.includes(name), name);
});

test('a program runs on its own pages, and what asks the kernel stops it, with nothing done', options, () => {
  // inc %rax; syscall
  const child = withCode(0x48, 0xff, 0xc0, 0x0f, 0x05);
  put(child, 'rax', 38n);
  equal(run(child), signals.SIGSYS);
  // getpid(2): its number is what it was.
  equal(take(child, 'rax'), 39n);
  equal(take(child, 'rip'), BigInt(code + 5));
  child.end();
});

test('what isn’t there is told by its address, and is there once it is shown; what was hidden is not', options, () => {
  // mov %rax,(%rdi); syscall
  const child = withCode(0x48, 0x89, 0x07, 0x0f, 0x05);
  put(child, 'rdi', BigInt(data + 8));
  put(child, 'rax', 0x1234n);
  equal(run(child), signals.SIGSEGV);
  equal(child.shared.getBigUint64(child.context + context.cr2, true), BigInt(data + 8));
  child.show(data, 8192, 4096, readOnly);
  equal(run(child), signals.SIGSEGV);
  equal(child.shared.getUint32(child.context + context.error, true) & 2, 2);
  child.show(data, 8192, 4096, writable);
  equal(run(child), signals.SIGSYS);
  equal(new DataView(memory.buffer).getUint32(8192 + 8, true), 0x1234);
  child.hide(data, 4096);
  ok(child.carryOut());
  put(child, 'rip', BigInt(code));
  equal(run(child), signals.SIGSEGV);
  child.end();
});

test('one that never stops is stopped when its time is over', options, () => {
  const child = withCode(0xeb, 0xfe);
  const from = monotonic();
  equal(child.run(from + 2e6), 'stopped');
  equal(child.shared.getUint32(Shared.signal, true), signals.SIGUSR1);
  ok(monotonic() - from < second);
  child.end();
});

test('one that holds back the signal that asks it to stop is found out by the time it takes', options, () => {
  // mov $15, %eax; jmp *%rcx: rt_sigreturn(2), asked for by the page that isn't its own, with its stack as the frame
  const child = withCode(0xb8, 0x0f, 0x00, 0x00, 0x00, 0xff, 0xe1, 0xeb, 0xfe);
  const page = stub();
  const asks = page.findIndex((byte, at) => byte === 0xb8 && page[at + 1] === 0x0f && page[at + 5] === 0x0f && page[at + 6] === 0x05) + 5;
  // The frame that it stopped in says what it returns to: a copy of that, with all signals held back, and what follows its jump.
  equal(run(withCode(0x0f, 0x05)), signals.SIGSYS);
  const frame = 20_480;
  const copy = new DataView(memory.buffer, frame, 8192);
  new Uint8Array(memory.buffer, frame, 8192).set(
    new Uint8Array(child.shared.buffer, child.shared.byteOffset + child.context, Math.min(4096, Shared.bytes - child.context)),
  );
  copy.setBigUint64(context.rip, BigInt(code + 7), true);
  // uc_sigmask, behind struct sigcontext.
  copy.setBigUint64(context.registers + 256, (1n << 64n) - 1n, true);
  child.show(data, frame, 8192, writable);
  memory.set([0xb8, 0x0f, 0x00, 0x00, 0x00, 0xff, 0xe1, 0xeb, 0xfe], 0);
  put(child, 'rcx', inChild.code + BigInt(asks));
  child.shared.setBigUint64(child.context + context.registers + 15 * 8, BigInt(data), true);
  const from = monotonic();
  // A busy host may have it stopped before it comes so far.
  let ran = child.run(monotonic() + 1e7);
  for (let tries = 0; ran === 'stopped' && tries < 100; tries++) ran = child.run(monotonic() + 1e7);
  equal(ran, 'lost');
  ok(monotonic() - from < 10 * second);
  took();
  child.end();
  deepEqual(took(), ['stubborn']);
});

test(
  'one that somebody else ends while it stands still has run nothing since, which is found out at once, and the next is there',
  options,
  () => {
    const child = withCode(0xeb, 0xfe);
    equal(child.run(monotonic() + 2e6), 'stopped');
    process.kill(child.pid, 'SIGKILL');
    const from = monotonic();
    equal(child.run(from + 1e6), 'never');
    equal(child.isOver, true);
    child.show(data, 8192, 4096, writable);
    equal(child.carryOut(), false);
    deepEqual(took(), []);
    child.end();
    deepEqual(took(), ['ended']);
    ok(monotonic() - from < second);
    const next = withCode(0x0f, 0x05);
    equal(run(next), signals.SIGSYS);
    next.end();
  },
);

test('one that the host ends as it runs takes its program along, and that is told', options, async () => {
  const child = withCode(0xeb, 0xfe);
  equal(child.run(monotonic() + 2e6), 'stopped');
  const killer = spawn('sh', ['-c', `sleep 0.02; kill -KILL ${child.pid}`]);
  equal(child.run(monotonic() + second), 'lost');
  child.end();
  deepEqual(took(), ['lost']);
  await once(killer, 'exit');
});

test('one whose memory is in more pieces than the host maps is good for no more, and that is told', options, (t) => {
  const most = Number(readFileSync('/proc/sys/vm/max_map_count', 'utf8'));
  if (most > 100_000) return t.skip(`vm.max_map_count is ${most} here`);
  const child = opened();
  for (let page = 0; page <= most && !child.isOver; page++) child.show(code + 8192 * page, 0, 4096, writable);
  equal(child.carryOut(), false);
  child.end();
  deepEqual(took(), ['full']);
  const next = withCode(0x0f, 0x05);
  equal(run(next), signals.SIGSYS);
  next.end();
});

test('where the keeper is gone there is no child, at once, and that is told once', options, () => {
  const others = new Children(shared.file, (incident) => befallen.push(incident));
  const first = others.open();
  ok(first);
  const keeper = Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${first.pid}/status`, 'utf8'))?.[1]);
  process.kill(keeper, 'SIGKILL');
  equal(others.open(), undefined);
  const from = monotonic();
  equal(others.open(), undefined);
  ok(monotonic() - from < second);
  deepEqual(took(), ['keeper']);
  others[Symbol.dispose]();
});

test('two have their own pages, and orders of one that nobody has waited for don’t count for the other', options, () => {
  // mov (%rdi),%rax; syscall
  const [one, other] = [withCode(0x48, 0x8b, 0x07, 0x0f, 0x05), opened()];
  memory[12_288] = 1;
  memory[16_384] = 2;
  other.show(code, 0, 4096, executable);
  put(other, 'rip', BigInt(code));
  for (let round = 0; round < 50; round++) {
    for (const [child, from] of [[one, 12_288] as const, [other, 16_384] as const]) {
      child.show(data, from, 4096, readOnly);
      put(child, 'rip', BigInt(code));
      put(child, 'rdi', BigInt(data));
    }
    // Both have orders before either runs.
    deepEqual([run(one), take(one, 'rax') & 0xffn], [signals.SIGSYS, 1n]);
    deepEqual([run(other), take(other, 'rax') & 0xffn], [signals.SIGSYS, 2n]);
    for (const child of [one, other]) child.hide(data, 4096);
  }
  one.end();
  other.end();
});

test('a hostile program reaches nothing of the host: not by its own calls, nor by those of the page that isn’t its own', options, () => {
  const pid = process.pid;
  const page = stub();
  const calls = Array.from(page.keys()).filter((at) => page[at] === 0x0f && page[at + 1] === 0x05);
  ok(calls.length > 20);
  // kill(2) of this process, mmap(2) of a file, fork(2), execve(2): each by a jump to each place that calls the kernel.
  const wanted = [62, 9, 57, 59, 56, 157];
  const child = withCode(0x0f, 0x05);
  for (const number of wanted) {
    for (const at of [undefined, ...calls]) {
      put(child, 'rip', at === undefined ? BigInt(code) : inChild.code + BigInt(at));
      put(child, 'rax', BigInt(number));
      put(child, 'rdi', BigInt(pid));
      put(child, 'rcx', 0n);
      equal(run(child), signals.SIGSYS, `${number} at ${at ?? 'its own'}`);
      equal(take(child, 'rax'), BigInt(number));
    }
  }
  equal(readFileSync(`/proc/${pid}/status`, 'utf8').includes('SigPnd:\t0000000000000000'), true);
  child.end();
});

test('a program that writes over what isn’t its own loses itself, and nobody else', options, () => {
  // movabs $shared, %rdi; mov $0x1000, %ecx; mov $-1, %al; rep stosb over the words and the stack; syscall
  const at = Number(inChild.shared);
  const address = Array.from({ length: 8 }, (_, index) => Math.floor(at / 256 ** index) % 256);
  const child = withCode(0x48, 0xbf, ...address, 0xb9, 0x00, 0x80, 0x00, 0x00, 0xb0, 0xff, 0xf3, 0xaa, 0x0f, 0x05);
  child.run(monotonic() + 1e8);
  child.end();
  const next = withCode(0x48, 0xff, 0xc0, 0x0f, 0x05);
  put(next, 'rax', 1n);
  equal(run(next), signals.SIGSYS);
  next.end();
});

test('what it has is memory alone: no descriptor but those it was given, and no other mapping', options, () => {
  const child = withCode(0x0f, 0x05);
  equal(run(child), signals.SIGSYS);
  const maps = readFileSync(`/proc/${child.pid}/maps`, 'utf8').trim().split('\n');
  const names = maps.filter((line) => !line.endsWith('[vsyscall]')).map((line) => line.replace(/^\S+ (\S+) \S+ \S+ \S+ */, '$1 '));
  deepEqual(names.toSorted(), [
    ...['r--s /memfd:orders (deleted)', 'r-xp /memfd:isola native (deleted)', 'r-xs /memfd:guest memory (deleted)'],
    'rw-s /memfd:children (deleted)',
  ]);
  child.end();
});

test('memory that is shared tells which of its pages hold something, also such as somebody else has written', options, (t) => {
  const pages = sharePages('more', 2 ** 20);
  const own = new Uint8Array(pages.view.buffer);
  own[5 * 4096] = 1;
  own[6 * 4096 + 7] = 1;
  const one = new SharedMemory(own);
  t.after(() => {
    one[Symbol.dispose]();
    pages[Symbol.dispose]();
  });
  one.share('full');
  // Pieces of 64 KiB are copied whole.
  deepEqual(
    [...one.pages],
    Array.from({ length: 16 }, (_, page) => page),
  );
  own[200 * 4096] = 1;
  deepEqual([...one.pages].slice(16), [200]);
  one.release(own.subarray(200 * 4096, 201 * 4096));
  equal(one.pages.length, 16);
  equal(own[5 * 4096], 1);
});
