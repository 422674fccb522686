/** A process that runs programs of one of a guest's address spaces. */
import { readFileSync } from 'node:fs';
import { linuxFrame, linuxX64 } from '../../abi/index.ts';
import { Block, Way } from './handshake.ts';
import type { Befall, Incident } from './incident.ts';
import { Descriptor, inChild, Orders, Shared, Turn } from './layout.ts';
import { monotonic, putTime } from './monotonic.ts';
import type { Handshake } from './native.ffi.ts';
import { asking } from './stub.ts';

const { call, protection, mapping } = linuxX64;
const { context: Context, vectors: Vectors } = linuxFrame;

/** What of a page a program may do beside reading it. */
export interface Rights {
  readonly isWritable: boolean;
  readonly isExecutable: boolean;
}

/** It has stopped · it was gone before it went on, with its registers as they were · it ran, and nobody knows how far. */
export type Ran = 'stopped' | 'never' | 'lost';

interface Parts {
  readonly shared: DataView;
  readonly orders: DataView;
  /** Where both are in this process. */
  readonly at: { readonly shared: bigint; readonly orders: bigint };
  readonly pid: number;
  /** Ends the process. */
  end(): void;
  /** Is told, as it ends, why that is. */
  readonly befell: Befall;
}

/** Nanoseconds that it is waited for once it was asked to stop, and for the first time: the host may have others to run; and between two looks whether it does. */
const longestStop = 30e9;
const lookNs = 1e8;
/** Of processor time, after it was asked. */
const stubbornMs = 200;

export class Child {
  /** What both write: nothing in it can be trusted. */
  readonly shared: DataView;
  /** Where its registers are in there, once it has stopped for the first time: struct ucontext, and the state of its vectors. */
  context = 0;
  vectors = 0;
  readonly #handshake: Handshake;
  readonly #orders: DataView;
  readonly #count: Int32Array;
  readonly #parts: Parts;
  #given = 0;
  #isOver = false;
  #incident: Incident | undefined;
  /** What it has not said yet, nobody else may be taken to have said. */
  #owes = false;

  constructor(handshake: Handshake, parts: Parts) {
    this.#handshake = handshake;
    this.#parts = parts;
    this.shared = parts.shared;
    this.#orders = parts.orders;
    this.#count = new Int32Array(parts.orders.buffer, parts.orders.byteOffset, 1);
  }

  get pid(): number {
    return this.#parts.pid;
  }

  /** Whether it is there and has stopped where its registers can be written. */
  begin(): boolean {
    if (!this.#await(monotonic() + longestStop, Way.told)) return false;
    const context = this.#inShared(this.shared.getBigUint64(Shared.context, true), Context.vectors + 8);
    if (context === undefined) return false;
    const vectors = this.#inShared(this.shared.getBigUint64(context + Context.vectors, true), Vectors.bytes);
    if (vectors === undefined || this.shared.getUint32(vectors + Vectors.magic, true) !== Vectors.magicValue) return false;
    [this.context, this.vectors] = [context, vectors];
    return true;
  }

  #inShared(address: bigint, bytes: number): number | undefined {
    const at = Number(address - inChild.shared);
    return at >= Shared.stack && at + bytes <= Shared.bytes ? at : undefined;
  }

  /** Whether it is good for no more: its kernel has no more room for mappings, or it is gone. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Runs what its registers say, all orders carried out before, until it stops or a moment of the monotonic clock is there: then it is asked to. */
  run(until: number): Ran {
    const way = this.#given === 0 ? Way.state : Way.orders;
    if (way === Way.orders) {
      this.shared.setUint32(Shared.state, Turn.waits, true);
      this.#give(true);
    }
    if (this.#await(until, way) || this.#stop()) return 'stopped';
    // Who sleeps says so, until he goes on.
    const ran = this.shared.getUint32(Shared.childSleeps, true) === 0 ? 'lost' : 'never';
    this.#isOver = true;
    this.#incident = ran === 'never' ? 'ended' : this.#isGone ? 'lost' : 'stubborn';
    return ran;
  }

  /** One that runs on though it was asked to stop has seen to it that it isn't: it may hold signals back. */
  #stop(): boolean {
    const { pid } = this.#parts;
    if (this.#isGone) return false;
    this.#order(call.tgkill, pid, pid, asking);
    if (!this.carryOut()) return false;
    const [asked, used] = [monotonic(), usedMs(pid)];
    while (monotonic() < asked + longestStop) {
      if (this.#await(monotonic() + lookNs, Way.told)) return true;
      if (usedMs(pid) - used > stubbornMs) return false;
    }
    return false;
  }

  #await(until: number, way: number): boolean {
    const { block } = this.#handshake;
    block.setBigUint64(Block.orders, this.#parts.at.orders, true);
    block.setBigUint64(Block.shared, this.#parts.at.shared, true);
    block.setUint32(Block.way, way, true);
    putTime(block, Block.until, until);
    return this.#handshake.run() === 1;
  }

  /** Pages of the guest's memory, by where they are in its file, are at an address from the next `carryOut` on. */
  show(address: number, from: number, bytes: number, { isWritable, isExecutable }: Rights): void {
    const rights = protection.read | (isWritable ? protection.write : 0) | (isExecutable ? protection.execute : 0);
    this.#order(call.mmap, address, bytes, rights, mapping.shared | mapping.fixed, Descriptor.memory, from);
  }

  /** Nothing is there from then on. */
  hide(address: number, bytes: number): void {
    this.#order(call.munmap, address, bytes);
  }

  /** Nothing is anywhere from then on. */
  hideAll(): void {
    const { begin, end } = inChild.reserved;
    this.hide(0x1000, begin - 0x1000);
    this.hide(end, inChild.end - end);
  }

  #order(number: number, ...args: readonly number[]): void {
    // Where they are written, those before are still read; and all mappers say by the same file that they are through.
    this.#handshake.underWay?.settle();
    if (this.#given === Orders.most) this.carryOut();
    const at = Orders.first + Orders.entryBytes * this.#given++;
    for (let index = 0; index < 7; index++) {
      const value = index === 0 ? number : (args[index - 1] ?? 0);
      this.#orders.setUint32(at + 8 * index, value % 2 ** 32, true);
      this.#orders.setUint32(at + 8 * index + 4, Math.floor(value / 2 ** 32), true);
    }
  }

  /** Has all orders carried out now. Returns whether all could be, those before, too; where not, it is good for nothing else: its kernel has no more room for mappings, or it is gone. */
  carryOut(): boolean {
    if (this.#given > 0) this.#give(false);
    this.#handshake.underWay?.settle();
    return !this.#isOver;
  }

  #give(isToRun: boolean): void {
    // Another one's, it may be.
    this.#handshake.underWay?.settle();
    this.#orders.setUint32(Orders.entries, this.#given, true);
    this.#orders.setUint32(Orders.isToRun, isToRun ? 1 : 0, true);
    this.#given = 0;
    this.#handshake.underWay = this;
    Atomics.add(this.#count, 0, 1);
  }

  /** Waits until its orders that are under way are carried out. */
  settle(): void {
    const { block } = this.#handshake;
    this.#handshake.underWay = undefined;
    block.setBigUint64(Block.orders, this.#parts.at.orders, true);
    const until = monotonic() + longestStop;
    let isSaid = this.#handshake.order() === 1;
    while (!isSaid && !this.#isGone && monotonic() < until) isSaid = this.#handshake.order() === 1;
    this.#owes = !isSaid;
    if (isSaid && block.getUint32(Block.said + 4, true) === 0) return;
    this.#isOver = true;
    this.#incident ??= isSaid ? 'full' : 'ended';
  }

  /** It was ended by somebody else. */
  get #isGone(): boolean {
    return usedMs(this.#parts.pid) === Number.POSITIVE_INFINITY;
  }

  /** The process ends. */
  end(): void {
    if (this.#handshake.underWay === this) this.settle();
    this.#isOver = true;
    if (this.#incident !== undefined) this.#parts.befell(this.#incident);
    this.#incident = undefined;
    this.#parts.end();
    if (this.#owes) this.#handshake.order();
  }
}

/** Processor time of a process, in milliseconds: proc(5), /proc/PID/stat; in hundredths of a second (USER_HZ). Endless of one that is gone. */
export const usedMs = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ');
    return fields[0] === 'Z' ? Number.POSITIVE_INFINITY : 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
};
