/** A guest of Xen's as tests have one: it calls, shares, lends, and speaks with the store. Its linear addresses are physical ones. */
import { type Caller, type Disk, type Instant, instant, Timeline } from '../../../machine/index.ts';
import type { Cutter, Joiner } from '../back/packet.ts';
import { headerBytes } from '../back/packet.ts';
import { ownPages } from '../places.ts';
import { bytesOf, textOf } from '../store/fields.ts';
import { Xen } from '../xen.ts';
import { GuestMemory } from './memory.ts';

/** Registers of arguments. */
const registers = { 64: [7, 6, 2, 10, 8], 32: [3, 1, 2, 6, 7] } as const;
/** Where arguments are put, and frames that the guest shares. */
export const argumentsAt = 0x8000;
export const Frame = { shared: 0x10, grants: 0x11, vcpu: 0x12, control: 0x13, words: 0x14, data: 0x20 } as const;
const page = 4096;
const Store = {
  requests: page,
  replies: page + 1024,
  taken: page + 2048,
  given: page + 2052,
  readTaken: page + 2056,
  readGiven: page + 2060,
};

export interface Reply {
  readonly type: number;
  readonly id: number;
  readonly text: string;
}

export class Guest {
  readonly memory = new GuestMemory();
  readonly time = new Timeline(instant(1_000_000n));
  /** Vectors by which it was interrupted. */
  readonly interrupts: number[] = [];
  /** What the lines of its callback were told. */
  readonly lines: string[] = [];
  readonly said: string[] = [];
  readonly sent: Uint8Array[] = [];
  readonly ended: string[] = [];
  readonly complaints: string[] = [];
  readonly xen: Xen;
  width: 32 | 64 = 64;
  privilege = 0;
  isHalted = false;
  isHidden = false;
  #lastId = 0;

  constructor({ disks = [], cards = 0 }: { readonly disks?: readonly Disk[]; readonly cards?: number } = {}) {
    const { memory } = this;
    const mac = (index: number): Uint8Array => Uint8Array.of(2, 0, 0, 0, 0, index);
    const cable = { transmit: (frame: Uint8Array) => void this.sent.push(frame.slice()) };
    this.xen = new Xen({
      ...{ memory, clock: this.time, startSeconds: 1_700_000_000.5, maker: 'intel', disks },
      isThere: (at) => memory.isThere(at),
      piece: (at, bytes) => memory.piece(at, bytes),
      word: (at) => memory.word(at),
      isFree: (at) => at >= 2 ** 32,
      move: (spare, at) => memory.move(spare, at),
      ranges: [{ begin: 0, end: memory.sizeBytes, kind: 1 }],
      interrupt: (vector) => void this.interrupts.push(vector),
      recalled: () => {},
      lineOf: (place) => ({ set: (isHigh) => void this.lines.push(`${Object.values(place).join('.')} ${isHigh ? 'high' : 'low'}`) }),
      cards: Array.from({ length: cards }, (_, index) => ({ cable, mac: mac(index) })),
      cutter: plainCutter,
      joiner: plainJoiner,
      console: { transmit: (bytes) => void this.said.push(textOf(bytes)) },
      note: undefined,
      hide: (isHidden) => {
        this.isHidden = isHidden;
      },
      given: () => {},
      ended: (reason) => void this.ended.push(reason),
      complain: (words) => void this.complaints.push(words),
    });
    this.reset();
  }

  reset(): void {
    for (const one of this.xen.all.values()) one.reset('power');
  }

  /** Makes a hypercall. Returns what it answers. */
  call(number: number, ...all: readonly (number | bigint)[]): number {
    const general = new Array<bigint>(16).fill(0n);
    general[0] = BigInt(number);
    for (const [index, value] of all.entries()) general[registers[this.width][index] ?? 0] = BigInt.asUintN(64, BigInt(value));
    const caller: Caller = {
      ...{ privilege: this.privilege, width: this.width },
      register: (which) => general[which] ?? 0n,
      setRegister: (which, value) => {
        general[which] = value;
      },
      read: (linear, into) => this.#reaches(linear, into.length, (at) => this.memory.read(at, into)),
      write: (linear, bytes) => this.#reaches(linear, bytes.length, (at) => this.memory.write(at, bytes)),
      halt: () => {
        this.isHalted = true;
      },
    };
    this.xen.call(caller);
    return Number(this.width === 64 ? BigInt.asIntN(64, general[0]) : BigInt.asIntN(32, general[0]));
  }

  /** The same with a structure of words, each of so many bytes: it is put where arguments are. */
  callWith(number: number, op: number, ...words: readonly (readonly [value: number | bigint, bytes: 2 | 4 | 8])[]): number {
    const { view } = this.memory;
    let at = argumentsAt;
    for (const [value, bytes] of words) {
      if (bytes === 8) view.setBigUint64(at, BigInt(value), true);
      else if (bytes === 4) view.setUint32(at, Number(value), true);
      else view.setUint16(at, Number(value), true);
      at += bytes;
    }
    return this.call(number, op, argumentsAt);
  }

  /** A word of the arguments, as the call has left it. */
  word(at: number): number {
    return this.memory.view.getUint32(argumentsAt + at, true);
  }

  /** Sends a request to the store, and returns all that comes back. */
  ask(type: number, payload: string, transaction = 0): readonly Reply[] {
    const id = ++this.#lastId;
    const request = new Uint8Array(16 + payload.length);
    const header = new DataView(request.buffer);
    for (const [index, word] of [type, id, transaction, payload.length].entries()) header.setUint32(4 * index, word, true);
    request.set(bytesOf(payload), 16);
    let answer = '';
    // As much as there is room for: none, where a ring is broken.
    for (let from = 0, some = 1; from < request.length && some > 0; from += some) {
      some = this.#put(request.subarray(from));
      this.call(32, 4, this.#port(1));
      answer += this.#get();
    }
    for (let more = '?'; more !== ''; answer += more) {
      this.call(32, 4, this.#port(1));
      more = this.#get();
    }
    return repliesIn(answer);
  }

  /** The one reply, as text. */
  asked(type: number, payload: string, transaction = 0): string {
    const reply = this.ask(type, payload, transaction).find((one) => one.id === this.#lastId);
    return reply === undefined ? 'nothing' : reply.text;
  }

  /** What has come by itself. */
  events(): readonly Reply[] {
    return repliesIn(this.#get());
  }

  /** Writes a value of its own devices. */
  tell(path: string, value: string | number): void {
    this.asked(11, `${path}\0${value}`);
  }

  /** Shares the pages that all guests share. */
  begin(): void {
    this.callWith(12, 7, [0x7ff0, 2], [0, 2], [0, 4], [0, 8], [Frame.shared, 8]);
    this.callWith(12, 7, [0x7ff0, 2], [0, 2], [1, 4], [0, 8], [Frame.grants, 8]);
    this.callWith(34, 23, [0, 4], [0xf3, 4]);
  }

  /** Lends a frame under a number. */
  lend(reference: number, frame: number, flags = 1): void {
    const at = Frame.grants * page + 8 * reference;
    this.memory.view.setUint16(at, flags, true);
    this.memory.view.setUint16(at + 2, 0, true);
    this.memory.view.setUint32(at + 4, frame, true);
  }

  /** Offers an event channel. */
  offer(): number {
    this.callWith(32, 6, [0x7ff0, 2], [0, 2], [0, 4]);
    return this.word(4);
  }

  notify(port: number): void {
    this.call(32, 4, this.#port(port));
  }

  advance(to: bigint): void {
    const when: Instant = instant(to);
    this.time.advance(when);
  }

  /** Where a port's number is put. */
  #port(port: number): number {
    this.memory.view.setUint32(argumentsAt - 8, port, true);
    return argumentsAt - 8;
  }

  #reaches(linear: bigint, bytes: number, move: (at: never) => void): boolean {
    const at = Number(linear);
    if (
      !(
        at + bytes <= this.memory.sizeBytes ||
        this.memory.hasSpare(at, bytes) ||
        (at >= ownPages.at && at + bytes <= ownPages.at + ownPages.bytes)
      )
    )
      return false;
    move(at as never);
    return true;
  }

  #put(bytes: Uint8Array): number {
    const { own, ownView } = this.memory;
    const [taken, given] = [ownView.getUint32(Store.taken, true), ownView.getUint32(Store.given, true)];
    const count = Math.max(0, Math.min(bytes.length, 1024 - ((given - taken) >>> 0)));
    for (let index = 0; index < count; index++) own[Store.requests + ((given + index) & 1023)] = bytes[index] ?? 0;
    ownView.setUint32(Store.given, (given + count) >>> 0, true);
    return count;
  }

  #get(): string {
    const { own, ownView } = this.memory;
    const [taken, given] = [ownView.getUint32(Store.readTaken, true), ownView.getUint32(Store.readGiven, true)];
    let said = '';
    const count = Math.min((given - taken) >>> 0, 1024);
    for (let at = taken; at < taken + count; at++) said += String.fromCharCode(own[Store.replies + (at & 1023)] ?? 0);
    ownView.setUint32(Store.readTaken, given, true);
    return said;
  }
}

const repliesIn = (said: string): readonly Reply[] => {
  const replies: Reply[] = [];
  for (let at = 0; at + 16 <= said.length; ) {
    const header = new DataView(bytesOf(said.slice(at, at + 16)).buffer);
    const bytes = header.getUint32(12, true);
    replies.push({ type: header.getUint32(0, true), id: header.getUint32(4, true), text: said.slice(at + 16, at + 16 + bytes) });
    at += 16 + bytes;
  }
  return replies;
};

/** Sends what it has as it is. */
const plainCutter = (send: (frame: Uint8Array) => void): Cutter => {
  const packet = new Uint8Array(headerBytes + 0x1_0020);
  return { packet, send: (bytes) => send(packet.subarray(headerBytes, headerBytes + bytes)) };
};

/** Each frame is a packet. */
const plainJoiner = (): Joiner => {
  let packet: Uint8Array = new Uint8Array(headerBytes);
  return {
    get packet() {
      return packet;
    },
    merge: (frames) => {
      const first = frames.at(0);
      packet = Uint8Array.of(...new Uint8Array(headerBytes), ...(first ?? []));
      return first === undefined ? 0 : 1;
    },
  };
};
