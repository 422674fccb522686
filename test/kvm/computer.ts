/** A computer whose program sends a letter at each interrupt of the timer, by the 8259: on a processor of the kernel's, or on an emulated one like it. */
import { equal } from 'node:assert/strict';
import { Pc } from '../../src/board/index.ts';
import { engine } from '../../src/computer/engine/index.ts';
import type { Profile } from '../../src/cpu/index.ts';
import { KvmBoard, KvmCpu } from '../../src/kvm/index.ts';
import { type Instant, instant } from '../../src/machine/index.ts';

const codeAt = 0x7c00;
const handlerAt = 0x7d00;
const [lint0, external] = [0x35, 0x700];
const out = (port: number, value: number): readonly number[] => [0xb0, value, 0xe6, port];

const program = [
  // cli; xor ax, ax; mov ds, ax; mov ss, ax; mov sp, 7000; mov word [20h], handlerAt; mov word [22h], 0
  ...[0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0, 0x70, 0xc7, 6, 0x20, 0, 0, handlerAt >> 8, 0xc7, 6, 0x22, 0, 0, 0],
  // Both 8259, of which the first lets the timer in.
  ...[out(0x20, 0x11), out(0xa0, 0x11), out(0x21, 8), out(0xa1, 0x70), out(0x21, 4), out(0xa1, 2), out(0x21, 1), out(0xa1, 1)].flat(),
  ...[...out(0x21, 0xfe), ...out(0xa1, 0xff)],
  // The timer, 500 times a second.
  ...[...out(0x43, 0x34), ...out(0x40, 2386 & 0xff), ...out(0x40, 2386 >> 8)],
  // sti; L: hlt; jmp L
  ...[0xfb, 0xf4, 0xeb, 0xfd],
];
/** inc byte [600h]; mov al, [600h]; and al, 0fh; add al, 'a'; mov dx, 3f8h; out dx, al; end of interrupt; iret */
const handler = [...[0xfe, 6, 0, 6, 0xa0, 0, 6, 0x24, 0x0f, 4, 0x61, 0xba, 0xf8, 3, 0xee], ...[...out(0x20, 0x20), 0xcf]];

export interface Computer extends Disposable {
  readonly pc: Pc;
  /** What its serial port sent. */
  readonly sent: () => string;
  /** Runs until it has sent so many letters more. */
  readonly send: (letters: number) => void;
}

/** `profile`: of an emulated one; the kernel's have what this host has. `from`: where its time begins. */
export const computer = (kind: 'emulated' | 'kernels', profile: Profile | undefined, from: Instant = instant(0n)): Computer => {
  const began = process.hrtime.bigint();
  const now = (): Instant => instant(from + process.hrtime.bigint() - began);
  let sent = '';
  let board: KvmBoard | undefined;
  const transmit = (byte: number): void => {
    sent += String.fromCharCode(byte);
  };
  const pc = new Pc({
    ...{ engine: engine(), memoryBytes: 2 * 1024 ** 2, startSeconds: 0, lines: [{ transmit }], now },
    ...(profile && { processor: { profile } }),
    ...(kind === 'kernels' && {
      processorOf: ({ ram, engine: made, ports, owner }) => {
        board = new KvmBoard(ram);
        return new KvmCpu(board, made, ports, owner);
      },
    }),
  });
  return {
    ...{ pc, sent: () => sent, send: (letters) => run(pc, () => sent.length, sent.length + letters) },
    [Symbol.dispose]: () => board?.[Symbol.dispose](),
  };
};

/** Begins the program. */
export const begin = ({ pc }: Pick<Computer, 'pc'>): void => {
  pc.ram.write(codeAt, Uint8Array.from(program));
  pc.ram.write(handlerAt, Uint8Array.from(handler));
  const state = pc.processor.save();
  const registers = state.apic.registers.map((bits, register) => (register === lint0 ? external : bits));
  const cs = { selector: 0, base: 0n, limit: 0xffff, rights: 0x93 };
  pc.processor.load({ ...state, apic: { ...state.apic, registers }, cs, rip: BigInt(codeAt) });
};

const run = (pc: Pc, count: () => number, wanted: number): void => {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const until = performance.now() + 20_000;
  while (count() < wanted) {
    equal(performance.now() < until, true, `${count()} of ${wanted} letters came`);
    const pause = pc.run(1_000_000);
    if (pause.why === 'idle') Atomics.wait(sleeper, 0, 0, pause.until === undefined ? 1 : Number(pause.until - pc.clock.now) / 1e6);
    else equal(pause.why, 'slice');
  }
};

/** Lets another one go on from where it is. */
export const handOver = (from: Computer, to: Computer): void => {
  const saved = from.pc.save();
  to.pc.memory.set(from.pc.memory);
  to.pc.restore(saved);
};
