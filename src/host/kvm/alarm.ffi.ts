/**
 * Has a processor that runs come back after a while: a timer of the kernel's sends this thread a signal that waits but while a processor runs, where it ends that. So nothing handles
 * it, and no code but the kernel's is needed. linux Documentation/virt/kvm/api.rst, KVM_SET_SIGNAL_MASK.
 */
import { dlopen, getRawPointer } from 'node:ffi';
import { linuxTimers } from '../../abi/index.ts';

/** Of the real-time ones; neither Node nor the C library has it, and what waits for it is never more than one of a timer's. */
const signal = 50;

const { functions: libc } = dlopen(null, {
  syscall: { return: 'i64', arguments: ['i64', 'u64', 'u64', 'u64', 'u64'] },
});

const call = (number: number, a: bigint, b: bigint, c: bigint, d: bigint): bigint => libc.syscall(BigInt(number), a, b, c, d);
const { call: calls, event, setting } = linuxTimers;

/** Of the thread that makes it. */
export class Alarm {
  /** Signals that its thread holds back but for this one: a bit for each, the lowest is signal 1. */
  readonly blocked: bigint;
  readonly #timer: bigint;
  readonly #setting = new DataView(new ArrayBuffer(setting.bytes));
  readonly #settingAt = getRawPointer(this.#setting.buffer);
  readonly #set = BigUint64Array.of(1n << BigInt(signal - 1), 0n, 0n);
  readonly #setAt = getRawPointer(this.#set.buffer);

  constructor() {
    // How it was before is written behind it, and zeros follow for who wouldn't wait.
    check(call(calls.rtSigprocmask, BigInt(linuxTimers.block), this.#setAt, this.#setAt + 8n, 8n), 'rt_sigprocmask');
    this.blocked = (this.#set[1] ?? 0n) & ~(this.#set[0] ?? 0n);
    this.#set[1] = 0n;
    const wanted = new DataView(new ArrayBuffer(event.bytes));
    wanted.setInt32(event.signal, signal, true);
    wanted.setInt32(event.notify, event.toThread, true);
    wanted.setInt32(event.thread, Number(call(calls.gettid, 0n, 0n, 0n, 0n)), true);
    const made = new Int32Array(new ArrayBuffer(4));
    const [wantedAt, madeAt] = [getRawPointer(wanted.buffer), getRawPointer(made.buffer)];
    check(call(calls.timerCreate, BigInt(linuxTimers.monotonic), wantedAt, madeAt, 0n), 'timer_create');
    this.#timer = BigInt(made[0] ?? 0);
  }

  /** After so many nanoseconds, less than a second; in place of what was set before. */
  after(nanoseconds: number): void {
    this.#setting.setBigInt64(setting.nanoseconds, BigInt(Math.max(1, Math.floor(nanoseconds))), true);
    call(calls.timerSettime, this.#timer, 0n, this.#settingAt, 0n);
  }

  /** What has come waits no longer. */
  take(): void {
    call(calls.rtSigtimedwait, this.#setAt, 0n, this.#setAt + 8n, 8n);
  }
}

const check = (result: bigint, name: string): void => {
  if (result < 0n) throw new Error(`this kernel gives no timer: ${name}`);
};
