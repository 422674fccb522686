/** A digest of what a computer is at a moment: of its registers, of what it has sent so far, and of its memory or a part of it. */
import { createHash } from 'node:crypto';
import type { Pc } from '../../board/index.ts';
import type { SerialLine } from '../../devices/index.ts';
import { cpuState, encode } from '../../machine/index.ts';

/** Parts of memory, of which each digest has the next one: all of it would take as long as the computer ran in between. */
const parts = 64;
const whole = 65_536;

export class StateDigest {
  #sent: number[] = [];
  /** Of all that was sent before. */
  #before = Buffer.alloc(32);
  #part = 0;

  /** What a serial port sends goes on, and is noted. */
  heard(port: number, line: SerialLine): SerialLine {
    return {
      ...line,
      transmit: (byte) => {
        this.#sent.push(port, byte);
        if (this.#sent.length >= whole) this.#fold();
        line.transmit(byte);
      },
    };
  }

  /** In hexadecimal. */
  next(pc: Pc): string {
    const { bytes, begin } = pc.ram;
    const each = Math.ceil((bytes.length - begin) / parts);
    const from = begin + each * this.#part;
    this.#part = (this.#part + 1) % parts;
    return this.#of(pc, bytes.subarray(from, Math.min(from + each, bytes.length)));
  }

  last(pc: Pc): string {
    return this.#of(pc, pc.ram.bytes.subarray(pc.ram.begin));
  }

  #of({ processor }: Pc, memory: Uint8Array): string {
    this.#fold();
    const digest = createHash('sha256').update(encode(cpuState, processor.save())).update(this.#before);
    return digest.update(memory).digest('hex');
  }

  #fold(): void {
    if (this.#sent.length === 0) return;
    this.#before = createHash('sha256').update(this.#before).update(Uint8Array.from(this.#sent)).digest();
    this.#sent = [];
  }
}
