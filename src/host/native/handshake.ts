/**
 * What this process does thousands of times a second with a child, as a library of machine code: a call from JavaScript for each step would take as long as all of it. What it works on is a block of words that JavaScript writes:
 * it has no arguments.
 */
import { linuxX64 } from '../../abi/index.ts';
import type { Assembler, Place } from './assembler.ts';
import { Keeper, Shared, Turn } from './layout.ts';

const { call, futex } = linuxX64;
const ETIMEDOUT = 110;
const EINTR = 4;

/** Where a child's shared pages are · how it is told to run, a `Way` · the time on the monotonic clock until which is waited · where its orders are · struct pollfd of who says that they are carried out · what he says · how often the keeper was told. */
export const Block = { shared: 0, way: 12, until: 16, orders: 32, poll: 40, said: 48, told: 56, bytes: 64 } as const;

/** It has been told · by its state · by its mapper, once orders are carried out. */
export const Way = { told: 0, state: 1, orders: 2 } as const;

/** Milliseconds that a mapper is waited for at once: whoever waits looks then whether it is there. */
const longestOrder = 100;

/** Whoever waits on the word at RDI. */
const wake = (x: Assembler): void => {
  x.set('rsi', futex.wake);
  x.set('rdx', 1);
  x.set('rax', call.futex);
  x.systemCall();
};

/** On the word at RDI, as long as it is what RDX holds; the comparison says whether the time is over. */
const waitUntil = (x: Assembler): void => {
  x.set('rsi', futex.waitUntil);
  x.address('r10', { base: 'r8', at: Block.until });
  x.set('r9', futex.any);
  x.set('rax', call.futex);
  x.systemCall();
  x.calculate('cmp', 'rax', -ETIMEDOUT);
};

/** 1 where the child has stopped, 0 where the time is over. */
const run = (x: Assembler): void => {
  const state: Place = { base: 'rdi', at: Shared.state };
  x.label('run');
  x.setAddressFromHere('r8', 'block');
  x.load('rdi', { base: 'r8', at: Block.shared });
  x.compareConstant({ base: 'r8', at: Block.way }, Way.state);
  x.jumpIf('below', 'told');
  x.jumpIf('notEqual', 'by orders');
  x.set('rax', Turn.run);
  x.exchange(state, 'rax');
  x.compareConstant({ base: 'rdi', at: Shared.childSleeps }, 0);
  x.jumpIf('equal', 'told');
  x.jump('wake');
  x.label('by orders');
  x.load('rdi', { base: 'r8', at: Block.orders });
  x.label('wake');
  wake(x);
  x.load('rdi', { base: 'r8', at: Block.shared });
  x.label('told');
  x.set('rax', 1);
  x.exchange({ base: 'rdi', at: Shared.ownerSleeps }, 'rax');
  x.label('sleep');
  x.load('rdx', state, 32);
  x.calculate('cmp', 'rdx', Turn.stopped);
  x.jumpIf('equal', 'woken');
  waitUntil(x);
  x.jumpIf('notEqual', 'sleep');
  x.storeConstant({ base: 'rdi', at: Shared.ownerSleeps }, 0);
  x.set('rax', 0);
  x.return();
  x.label('woken');
  x.storeConstant({ base: 'rdi', at: Shared.ownerSleeps }, 0);
  x.set('rax', 1);
  x.return();
};

/** 1 where the mapper has said that its orders are carried out, 0 where it says nothing. */
const order = (x: Assembler): void => {
  x.label('order');
  x.setAddressFromHere('r8', 'block');
  x.load('rdi', { base: 'r8', at: Block.orders });
  wake(x);
  x.label('wait');
  x.address('rdi', { base: 'r8', at: Block.poll });
  x.set('rsi', 1);
  x.set('rdx', longestOrder);
  x.set('rax', call.poll);
  x.systemCall();
  x.calculate('cmp', 'rax', -EINTR);
  x.jumpIf('equal', 'wait');
  x.calculate('cmp', 'rax', 1);
  x.jumpIf('notEqual', 'nothing');
  x.load('rdi', { base: 'r8', at: Block.poll }, 32);
  x.address('rsi', { base: 'r8', at: Block.said });
  x.set('rdx', 8);
  x.set('rax', call.read);
  x.systemCall();
  x.set('rax', 1);
  x.return();
  x.label('nothing');
  x.set('rax', 0);
  x.return();
};

/** 1 where the keeper has done all that it was told, 0 where the time is over. */
const tell = (x: Assembler): void => {
  x.label('tell');
  x.setAddressFromHere('r8', 'block');
  x.load('rdi', { base: 'r8', at: Block.orders });
  wake(x);
  x.address('rdi', { base: 'rdi', at: Keeper.done });
  x.label('ask');
  x.load('rdx', { base: 'rdi', at: 0 }, 32);
  x.load('rax', { base: 'r8', at: Block.told }, 32);
  x.calculate('cmp', 'rax', 'rdx');
  x.jumpIf('equal', 'is done');
  waitUntil(x);
  x.jumpIf('notEqual', 'ask');
  x.set('rax', 0);
  x.return();
  x.label('is done');
  x.set('rax', 1);
  x.return();
};

export const handshake = { run, order, tell } as const;
