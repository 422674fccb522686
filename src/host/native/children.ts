/** Processes that run a guest's programs: who makes them, and what is done with one. They end with this process. */
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { linuxFrame } from '../../abi/index.ts';
import { isSystemError } from '../file/system-error.ts';
import { Child, usedMs } from './child.ts';
import { hasCode32 } from './code32.ffi.ts';
import { Block } from './handshake.ts';
import type { Befall } from './incident.ts';
import { Descriptor, Keeper, mostChildren, Orders, Shared } from './layout.ts';
import { monotonic, putTime } from './monotonic.ts';
import {
  allowProcessors,
  counterFile,
  type Handshake,
  onlyProcessor,
  openHandshake,
  processorNow,
  processorsAllowed,
  programFile,
  type SharedPages,
  sharePages,
} from './native.ffi.ts';
import { calling32, stub } from './stub.ts';

/** Nanoseconds that the keeper is waited for: it has nothing else to do. */
const longest = 5e9;
/** And between two looks whether it is there. */
const lookNs = 1e8;

export class Children implements Disposable {
  readonly #handshake: Handshake;
  readonly #shared: SharedPages;
  readonly #orders: SharedPages;
  readonly #done: number;
  readonly #allowed = processorsAllowed();
  readonly #keeper: ReturnType<typeof spawn>;
  readonly #free = Array.from({ length: mostChildren }, (_, number) => mostChildren - 1 - number);

  readonly #befell: Befall;
  /** The keeper doesn't answer, or couldn't be started: no more is asked of it. */
  #isLost = false;
  #hasCode32: boolean | undefined;

  /** `memory`: the file that the guest's memory is. */
  constructor(memory: number, befell: Befall = () => {}) {
    this.#befell = befell;
    this.#handshake = openHandshake();
    this.#shared = sharePages('children', mostChildren * Shared.bytes);
    this.#orders = sharePages('orders', (mostChildren + 1) * Orders.bytes);
    this.#done = counterFile();
    const program = programFile('isola native', stub());
    const descriptors = { [Descriptor.memory]: memory, [Descriptor.shared]: this.#shared.file, [Descriptor.orders]: this.#orders.file };
    const stdio = ['ignore', 'ignore', 'ignore', ...Object.values(descriptors), this.#done, program] as const;
    this.#keeper = spawn(`/proc/self/fd/${stdio.length - 1}`, [], { stdio: [...stdio], env: {}, argv0: 'isola-native' });
    this.#keeper.unref();
    // One that couldn't be started has no id, and nothing is asked of it.
    this.#keeper.on('error', () => {});
    closeSync(program);
    const { block } = this.#handshake;
    block.setInt32(Block.poll, this.#done, true);
    // POLLIN
    block.setUint16(Block.poll + 4, 1, true);
  }

  /** One more; undefined where there is no room for one, or it can't be had. As long as there is one, they and this thread are on one processor, where they take turns: to wake one on another takes several times as long. */
  open(befell = this.#befell): Child | undefined {
    if (this.#isLost) return undefined;
    if (this.#keeper.pid === undefined) return this.#lose();
    const number = this.#free.pop();
    if (number === undefined) return undefined;
    if (this.#free.length === mostChildren - 1) this.#allow(onlyProcessor(processorNow()));
    const shared = new DataView(this.#shared.view.buffer, number * Shared.bytes, Shared.bytes);
    new Uint8Array(shared.buffer, shared.byteOffset, shared.byteLength).fill(0);
    const orders = new DataView(this.#orders.view.buffer, (number + 1) * Orders.bytes, Orders.bytes);
    orders.setUint32(Orders.count, 0, true);
    const pid = this.#tell(number) ? this.#orders.view.getInt32(Keeper.pids + 4 * number, true) : 0;
    const at = { shared: this.#shared.at + BigInt(number * Shared.bytes), orders: this.#orders.at + BigInt((number + 1) * Orders.bytes) };
    const end = (): void => {
      if (!this.#isLost) this.#tell(number | Keeper.end);
      this.#free.push(number);
      if (this.#free.length === mostChildren) this.#allow(this.#allowed);
    };
    const child = new Child(this.#handshake, { shared, orders, at, pid, end, befell });
    if (pid > 0 && child.begin()) return child;
    if (!this.#isLost) this.#befell('refused');
    child.end();
    return undefined;
  }

  /** Whether a program's code of 32 bits can be run, and what it asks for is trapped: others' filters of system calls may end whoever asks so. Tried once. */
  get hasCode32(): boolean {
    if (this.#hasCode32 === undefined && hasCode32()) {
      const child = this.open(() => {});
      if (child === undefined) return false;
      child.shared.setBigUint64(child.context + linuxFrame.context.rip, calling32, true);
      this.#hasCode32 = child.run(monotonic() + lookNs) === 'stopped';
      child.end();
      if (!this.#hasCode32) this.#befell('narrow');
    }
    return this.#hasCode32 ?? false;
  }

  #lose(): undefined {
    this.#isLost = true;
    this.#befell('keeper');
  }

  /** The keeper's children are where it is. */
  #allow(mask: Uint8Array): void {
    allowProcessors(mask);
    if (this.#keeper.pid !== undefined) allowProcessors(mask, this.#keeper.pid);
  }

  /** Whether the keeper has done what it was told. */
  #tell(what: number): boolean {
    const { view } = this.#orders;
    const words = new Int32Array(view.buffer, 0, 4);
    const count = (words[Keeper.count / 4] ?? 0) + 1;
    view.setUint32(Keeper.what, what, true);
    Atomics.store(words, Keeper.count / 4, count);
    const { block } = this.#handshake;
    block.setBigUint64(Block.orders, this.#orders.at, true);
    block.setUint32(Block.told, count, true);
    const end = monotonic() + longest;
    do {
      putTime(block, Block.until, monotonic() + lookNs);
      if (this.#handshake.tell() === 1) return true;
    } while (monotonic() < end && Number.isFinite(usedMs(this.#keeper.pid ?? 0)));
    this.#lose();
    return false;
  }

  [Symbol.dispose](): void {
    kill(this.#keeper);
    this.#shared[Symbol.dispose]();
    this.#orders[Symbol.dispose]();
    closeSync(this.#done);
  }
}

/** Who is fenced in may end no process. Then he is about to end himself, and they with him. */
const kill = (keeper: ReturnType<typeof spawn>): void => {
  try {
    keeper.kill('SIGKILL');
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EPERM') throw error;
  }
};
