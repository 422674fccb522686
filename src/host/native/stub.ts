/**
 * The program of the processes that run a guest's programs, written out here: no compiler is needed, and nothing is in them that isn't listed below. The first process is the keeper, which makes the others when it is
 * told, and ends them. Each other one, a child, has two threads. One runs programs, and stops in a handler of signals at whatever isn't theirs to do. The other, the mapper, carries out orders: it shows pages and takes them
 * away. It has no stack, for programs might write there; its orders are in a page that nobody in the child can write.
 */
import { linuxFrame, linuxSeccomp, linuxX64, signals } from '../../abi/index.ts';
import { Assembler, type Place, type Register } from './assembler.ts';
import { encoded, filterOfAll, filterOfPrograms } from './filter.ts';
import { Descriptor, inChild, Keeper, mostChildren, Orders, Shared, Turn } from './layout.ts';

const { call, protection, mapping, futex, control, thread, action, setMask, autoDisarm } = linuxX64;
const { context } = linuxFrame;
const pageBytes = 0x1000;
const everybody = 0x7fff_ffff;
/** INT 80h. */
const linuxInterrupt = 0x80;

/** What a program's instruction ends in that it can't do, and what asks it to stop. */
const met = ['SIGSYS', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGUSR1'] as const;
/** Asks a child to stop. */
export const asking = signals.SIGUSR1;

const argumentsOf: readonly Register[] = ['rdi', 'rsi', 'rdx', 'r10', 'r8', 'r9'];

class Program extends Assembler {
  /** A system call; what is no constant is in its register already. */
  ask(number: number, args: readonly (number | bigint | undefined)[]): void {
    for (const [at, value] of args.entries()) {
      const register = argumentsOf[at];
      if (value !== undefined && register !== undefined) this.set(register, value);
    }
    this.set('rax', number);
    this.systemCall();
  }

  /** Waits until a word of 32 bits isn't what a register holds. Leaves what it is in RAX. */
  awaitChange(word: Place, seen: Register, name: string): void {
    this.label(name);
    this.load('rax', word, 32);
    this.calculate('cmp', 'rax', seen);
    this.jumpIf('notEqual', `${name} over`);
    this.address('rdi', word);
    this.move('rdx', seen);
    this.ask(call.futex, [undefined, futex.wait, undefined, 0]);
    this.jump(name);
    this.label(`${name} over`);
  }

  /** Whoever waits there: it may be more than one. */
  wake(word: Place): void {
    this.address('rdi', word);
    this.ask(call.futex, [undefined, futex.wake, everybody]);
  }
}

/** A call as code of 32 bits asks for one: to see what becomes of that. It is the first of all, at `calling32`. */
const call32 = (x: Program): void => {
  x.interrupt(linuxInterrupt);
  x.undefined();
};

const keep = (x: Program): void => {
  x.label('keeper');
  x.ask(call.prctl, [control.deathSignal, signals.SIGKILL]);
  const all = (mostChildren + 1) * Orders.bytes;
  const both = protection.read | protection.write;
  x.ask(call.mmap, [inChild.allOrders, all, both, mapping.shared | mapping.fixed, Descriptor.orders, 0]);
  x.set('rbx', inChild.allOrders);
  x.set('r12', 0);
  x.label('next child');
  x.awaitChange({ base: 'rbx', at: Keeper.count }, 'r12', 'idle');
  x.move('r12', 'rax');
  x.load('r13', { base: 'rbx', at: Keeper.what }, 32);
  x.move('rax', 'r13');
  x.calculate('and', 'r13', Keeper.end - 1);
  x.move('r14', 'r13');
  x.shiftLeft('r14', 2);
  x.calculate('add', 'r14', 'rbx');
  x.calculate('and', 'rax', Keeper.end);
  x.jumpIf('notEqual', 'end child');
  x.ask(call.clone, [signals.SIGCHLD, 0, 0, 0, 0]);
  x.test('rax');
  x.jumpIf('equal', 'child');
  x.jump('note child');
  x.label('end child');
  x.load('rdi', { base: 'r14', at: Keeper.pids }, 32);
  x.ask(call.kill, [undefined, signals.SIGKILL]);
  x.load('rdi', { base: 'r14', at: Keeper.pids }, 32);
  x.ask(call.wait4, [undefined, 0, 0, 0]);
  x.set('rax', 0);
  x.label('note child');
  x.store({ base: 'r14', at: Keeper.pids }, 'rax', 32);
  x.store({ base: 'rbx', at: Keeper.done }, 'r12', 32);
  x.wake({ base: 'rbx', at: Keeper.done });
  x.jump('next child');
};

/** R13: which child it is. */
const prepare = (x: Program): void => {
  x.label('child');
  x.ask(call.prctl, [control.deathSignal, signals.SIGKILL]);
  x.move('r9', 'r13');
  x.shiftLeft('r9', Math.log2(Shared.bytes));
  const both = protection.read | protection.write;
  const there = mapping.shared | mapping.fixed;
  x.ask(call.mmap, [inChild.shared, Shared.bytes, both, there, Descriptor.shared]);
  x.move('r9', 'r13');
  x.calculate('add', 'r9', 1);
  x.shiftLeft('r9', Math.log2(Orders.bytes));
  x.ask(call.mmap, [inChild.orders, Orders.bytes, protection.read, there, Descriptor.orders]);
  // All else that there is: the stack, and what the kernel shows every program.
  x.ask(call.munmap, [pageBytes, inChild.code - BigInt(pageBytes)]);
  x.ask(call.munmap, [inChild.orders + BigInt(Orders.bytes), BigInt(inChild.end) - inChild.orders - BigInt(Orders.bytes)]);
  x.setAddress('rdi', 'stack of handlers');
  x.ask(call.sigaltstack, [undefined, 0]);
  for (const name of met) {
    x.setAddress('rsi', 'action');
    x.ask(call.rtSigaction, [signals[name], undefined, 0, 8]);
  }
  x.ask(call.prctl, [control.noNewPrivileges, 1, 0, 0, 0]);
  x.setAddress('rdx', 'filter of all');
  x.ask(linuxSeccomp.seccompOn.x64.call, [linuxSeccomp.setModeFilter, 0]);
  x.test('rax');
  x.jumpIf('notEqual', 'over');
  x.setAddress('rsi', 'all signals');
  x.ask(call.rtSigprocmask, [setMask, undefined, 0, 8]);
  x.ask(call.clone, [thread, 0, 0, 0, 0]);
  x.test('rax');
  x.jumpIf('equal', 'mapper');
  x.jumpIf('negative', 'over');
  x.setAddress('rsi', 'no signals');
  x.ask(call.rtSigprocmask, [setMask, undefined, 0, 8]);
  x.setAddress('rdx', 'filter of programs');
  x.ask(linuxSeccomp.seccompOn.x64.call, [linuxSeccomp.setModeFilter, 0]);
  x.test('rax');
  x.jumpIf('notEqual', 'over');
  // It stops for the first time: whoever made it writes its registers where they are now.
  x.breakpoint();
  x.label('over');
  x.ask(call.exit, [1]);
  x.undefined();
};

const map = (x: Program): void => {
  x.label('mapper');
  x.set('r15', inChild.orders);
  x.set('rbp', 0);
  x.label('next orders');
  x.awaitChange({ base: 'r15', at: Orders.count }, 'rbp', 'rest');
  x.move('rbp', 'rax');
  x.load('r13', { base: 'r15', at: Orders.entries }, 32);
  x.address('r12', { base: 'r15', at: Orders.first });
  x.setAddress('rbx', 'done');
  x.label('order');
  for (const [at, register] of argumentsOf.entries()) x.load(register, { base: 'r12', at: 8 * (at + 1) });
  x.load('rax', { base: 'r12', at: 0 });
  x.systemCall();
  x.test('rax');
  x.jumpIf('notNegative', 'carried out');
  x.setAddress('rbx', 'failed');
  x.label('carried out');
  x.calculate('add', 'r12', Orders.entryBytes);
  x.calculate('sub', 'r13', 1);
  x.jumpIf('notEqual', 'order');
  // Whoever gave them gives others once it is said; programs can't say so.
  x.load('r13', { base: 'r15', at: Orders.isToRun }, 32);
  x.move('rsi', 'rbx');
  x.ask(call.write, [Descriptor.done, undefined, 8]);
  x.test('r13');
  x.jumpIf('equal', 'next orders');
  x.set('r14', inChild.shared);
  x.set('rax', Turn.run);
  x.exchange({ base: 'r14', at: Shared.state }, 'rax');
  x.wake({ base: 'r14', at: Shared.state });
  x.jump('next orders');
};

/** A handler of signals, all others being held back: what it was called for, and where registers are, is written where both see it. Its own registers are nobody's, and its frame is what it returns by. */
const stop = (x: Program): void => {
  x.label('stop');
  x.set('r15', inChild.shared);
  x.store({ base: 'r15', at: Shared.signal }, 'rdi', 32);
  x.store({ base: 'r15', at: Shared.context }, 'rdx');
  for (const [of, at] of [['fs', Shared.fsBase] as const, ['gs', Shared.gsBase] as const]) {
    x.base(of, 'read', 'rax');
    x.store({ base: 'r15', at }, 'rax');
  }
  for (const [at, of] of dataSegments.entries()) x.storeSelector({ base: 'r15', at: Shared.selectors + 2 * at }, of);
  const state: Place = { base: 'r15', at: Shared.state };
  // From here until it goes on.
  x.storeConstant({ base: 'r15', at: Shared.childSleeps }, 1);
  x.set('rax', Turn.stopped);
  x.exchange(state, 'rax');
  x.compareConstant({ base: 'r15', at: Shared.ownerSleeps }, 0);
  x.jumpIf('equal', 'awake');
  x.wake(state);
  x.label('awake');
  x.label('stopped');
  x.load('r13', state, 32);
  x.calculate('cmp', 'r13', Turn.run);
  x.jumpIf('equal', 'go on');
  x.awaitChange(state, 'r13', 'stays');
  x.jump('stopped');
  x.label('go on');
  x.storeConstant({ base: 'r15', at: Shared.childSleeps }, 0);
  for (const [at, of] of dataSegments.entries()) x.loadSelector(of, { base: 'r15', at: Shared.selectors + 2 * at });
  for (const [of, at] of [['fs', Shared.fsBase] as const, ['gs', Shared.gsBase] as const]) {
    x.load('rax', { base: 'r15', at });
    x.base(of, 'write', 'rax');
  }
  // What of EFLAGS rt_sigreturn(2) leaves as it is.
  x.load('rax', { base: 'r15', at: Shared.context });
  x.load('rax', { base: 'rax', at: context.flags });
  x.calculate('and', 'rax', linuxFrame.unreturned);
  x.setFlags('rax');
  // The address it would return to.
  x.calculate('add', 'rsp', 8);
  x.ask(call.rtSigreturn, []);
  x.undefined();
};

const dataSegments = ['ds', 'es', 'fs', 'gs'] as const;

const words = (...values: readonly (number | bigint)[]): Uint8Array =>
  new Uint8Array(BigUint64Array.from(values, (value) => BigInt.asUintN(64, BigInt(value))).buffer);

const constants = (x: Program): void => {
  const flags = action.information | action.onStack | action.restorer;
  x.align(8);
  x.label('stack of handlers');
  x.data(words(inChild.shared + BigInt(Shared.stack), autoDisarm, Shared.bytes - Shared.stack));
  x.label('action');
  x.data(words(x.addressOf('stop'), flags, x.addressOf('stop'), -1));
  x.label('all signals');
  x.data(words(-1));
  x.label('no signals');
  x.data(words(0));
  x.label('done');
  x.data(words(1));
  x.label('failed');
  x.data(words(1n << 32n));
  for (const [name, steps] of [['all', filterOfAll] as const, ['programs', filterOfPrograms] as const]) {
    x.label(`steps of ${name}`);
    x.data(encoded(steps));
    x.label(`filter of ${name}`);
    x.data(words(steps.length, x.addressOf(`steps of ${name}`)));
  }
};

/** Of an executable with one segment that is read and executed, at `inChild.code`: System V ABI, figures 4-3 and 5-1. */
const headerBytes = 120;
export const calling32 = inChild.code + BigInt(headerBytes);

/** The program, as a file that can be executed. */
export const stub = (): Uint8Array => {
  const x = new Program(inChild.code + BigInt(headerBytes));
  for (const part of [call32, keep, prepare, map, stop, constants]) part(x);
  const code = x.bytes;
  const size = headerBytes + code.length;
  if (size > pageBytes) throw new Error(`the stub has ${size} bytes, more than a page`);
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint32(16, 2 | (62 << 16), true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, x.addressOf('keeper'), true);
  view.setBigUint64(32, 64n, true);
  view.setUint32(52, 64 | (56 << 16), true);
  view.setUint16(56, 1, true);
  // PT_LOAD, read and executed.
  view.setUint32(64, 1, true);
  view.setUint32(68, 4 | 1, true);
  view.setBigUint64(80, inChild.code, true);
  view.setBigUint64(88, inChild.code, true);
  view.setBigUint64(96, BigInt(size), true);
  view.setBigUint64(104, BigInt(size), true);
  view.setBigUint64(112, BigInt(pageBytes), true);
  file.set(code, headerBytes);
  return file;
};
