/** Computers whose time is counted in instructions: one goes on, another one goes on from what it was. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Media, noMedia, Pc, type PcPlan } from '../../src/board/index.ts';
import { engine } from '../../src/computer/engine/index.ts';
import { MemoryDisk } from '../../src/devices/stage/memory-disk.ts';
import { instant } from '../../src/machine/index.ts';

export const mib = 1024 ** 2;

export interface Made {
  readonly pc: Pc;
  /** What its first serial port sent. */
  readonly sent: () => string;
  readonly disks: readonly MemoryDisk[];
}

/**
 * A diskette's program, for ever: waits for an interrupt, sends what the timer, the clock and the time-stamp counter say, counts to 8192, and has the BIOS read a sector of the disk to 8000h: INT 13h, function 2.
 */
const asking = [
  ...[0xfb, 0xf4, 0xe4, 0x40, 0xba, 0xf8, 0x03, 0xee, 0xb0, 0x0a, 0xe6, 0x70, 0xe4, 0x71, 0xee],
  ...[0x0f, 0x31, 0xba, 0xf8, 0x03, 0xee, 0xb9, 0x00, 0x20, 0xe2, 0xfe],
  ...[0xb8, 0x01, 0x02, 0xbb, 0x00, 0x80, 0xb9, 0x01, 0x00, 0xba, 0x80, 0x00, 0xcd, 0x13, 0xeb, 0xd7],
];

/** With a drive of each kind. Nothing has run. */
export const made = (plan: Partial<PcPlan>, memoryBytes = 16 * mib): Made => {
  let sent = '';
  const [ide, ahci, nvme, virtio] = [new MemoryDisk(mib), new MemoryDisk(mib), new MemoryDisk(mib), new MemoryDisk(mib)];
  const floppy = new MemoryDisk(1440 * 1024);
  floppy.bytes.set(asking);
  floppy.bytes.set([0x55, 0xaa], 510);
  const media: Media = { ...noMedia, disks: [ide], ahci: [ahci], nvme: [nvme], virtio: [virtio], floppies: [floppy] };
  const line = { transmit: () => {} };
  const transmit = (byte: number): void => {
    sent += String.fromCharCode(byte);
  };
  const cards = {
    network: [{ cable: line, mac: Uint8Array.of(2, 0, 0, 0, 0, 1) }],
    entropy: (into: Uint8Array) => void into.fill(7),
    console: [{ line }],
  };
  const pc = new Pc({ ...{ engine: engine(), memoryBytes, startSeconds: 1_764_000_000, media, lines: [{ transmit }] }, ...cards, ...plan });
  return { pc, sent: () => sent, disks: [ide, ahci, nvme, virtio, floppy] };
};

/** Up to a moment, in which it may rest. */
export const runTo = ({ pc }: Made, end: bigint): void => {
  while (pc.clock.now < end) {
    const pause = pc.run(Math.min(2_000_000, Number(end - pc.clock.now)));
    if (pause.why === 'idle') pc.pass(instant(pause.until !== undefined && pause.until < end ? pause.until : end));
    else assert.equal(pause.why, 'slice');
  }
};

/** It rests, and is at work behind an interrupt: the time then. */
export const wakened = ({ pc }: Made): bigint => {
  for (let pause = pc.run(4000); pause.why !== 'slice'; pause = pc.run(4000)) {
    assert.ok(pause.why === 'idle' && pause.until !== undefined, `it is ${pause.why}`);
    pc.pass(pause.until);
  }
  return pc.clock.now;
};

/** Of a processor, of each device, and of all memory. */
export const digests = ({ pc }: Made): Readonly<Record<string, string>> => {
  const { at, parts } = pc.save();
  const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  return { at: `${at}`, ...Object.fromEntries(parts.map(({ name, bytes }) => [name, digestOf(bytes)])), memory: digestOf(pc.memory) };
};
