/** How an instruction begins, as numbers: what templates are found by. What is seldom is left to decoding, which tells all. */
import { Segment } from '../../runtime/state.ts';

/** Legacy prefixes, and of REX what handlers depend on. After VEX, its own prefix has the place of those that repeat. */
const Mark = {
  ...{ repne: 1, repe: 2, repeats: 3, operandSize: 4, addressSize: 8, lock: 16, segment: 0xe0 },
  ...{ hasRex: 0x100, w: 0x200, b: 0x400 },
  /** Of VEX: that it is one, its length, and whether it names a register. */
  ...{ vex: 0x800, length: 4, names: 16 },
} as const;

const rexMark = 0xff;
const segmentMark = (segment: Segment): number => (segment + 1) << 5;

/** By their bytes; 0 of what is no prefix. */
const marks = new Uint8Array(256);
marks[0x26] = segmentMark(Segment.es);
marks[0x2e] = segmentMark(Segment.cs);
marks[0x36] = segmentMark(Segment.ss);
marks[0x3e] = segmentMark(Segment.ds);
marks[0x64] = segmentMark(Segment.fs);
marks[0x65] = segmentMark(Segment.gs);
marks[0x66] = Mark.operandSize;
marks[0x67] = Mark.addressSize;
marks[0xf0] = Mark.lock;
marks[0xf2] = Mark.repne;
marks[0xf3] = Mark.repe;
marks.fill(rexMark, 0x40, 0x50);

/** Those before it mean nothing in 64-bit mode. */
const firstOfLong = segmentMark(Segment.fs);
/** More than any instruction has: code of prefixes alone ends. */
const mostPrefixes = 14;

export class Beginning {
  /** All that is known of prefixes, but for registers. */
  prefixes = 0;
  /** And above it the map: 0F, 0F38 and 0F3A are 1 to 3. */
  opcode = 0;
  /** Of VEX too, as if it were one; 0 where there is none. */
  rex = 0;
  vvvv = 0;
  /** Where what comes behind the opcode is. */
  at = 0;

  /** Returns whether it is what templates are made of. More bytes may be read than the instruction has. */
  read(code: Uint8Array, from: number, isLong: boolean): boolean {
    let at = from;
    let prefixes = 0;
    let rex = 0;
    let byte = code[at] ?? 0;
    for (let mark = marks[byte] ?? 0; mark !== 0; mark = marks[byte] ?? 0) {
      if (mark === rexMark) {
        // Outside of 64-bit mode it is an instruction.
        if (!isLong) break;
        rex = byte;
      } else {
        // It counts where it is the last of them: SDM Vol. 2A, 2.2.1.
        rex = 0;
        if ((mark & Mark.segment) !== 0) {
          if (!isLong || mark >= firstOfLong) prefixes = (prefixes & ~Mark.segment) | mark;
        } else prefixes = (mark & Mark.repeats) !== 0 ? (prefixes & ~Mark.repeats) | mark : prefixes | mark;
      }
      at++;
      if (at - from > mostPrefixes) return false;
      byte = code[at] ?? 0;
    }
    at++;
    this.rex = rex;
    this.vvvv = 0;
    if ((byte === 0xc4 || byte === 0xc5) && (isLong || ((code[at] ?? 0) & 0xc0) === 0xc0))
      return isLong && this.#readVex(code, at, byte, prefixes);
    this.prefixes = rex === 0 ? prefixes : prefixes | Mark.hasRex | ((rex & 8) << 6) | ((rex & 1) << 10);
    let map = 0;
    if (byte === 0x0f) {
      map = 0x100;
      byte = code[at++] ?? 0;
      if (byte === 0x38 || byte === 0x3a) {
        map = byte === 0x38 ? 0x200 : 0x300;
        byte = code[at++] ?? 0;
      }
    }
    this.opcode = map | byte;
    this.at = at;
    return true;
  }

  /** SDM Vol. 2A, 2.3.5. */
  #readVex(code: Uint8Array, from: number, first: number, prefixes: number): boolean {
    if (this.rex !== 0 || (prefixes & ~(Mark.segment | Mark.addressSize)) !== 0) return false;
    let at = from;
    const a = code[at++] ?? 0;
    const b = first === 0xc4 ? (code[at++] ?? 0) : a & 0x7f;
    const map = first === 0xc4 ? a & 31 : 1;
    if (map === 0 || map > 3) return false;
    const rex = first === 0xc4 ? ((~a >> 5) & 7) | ((b >> 4) & 8) : (~a >> 5) & 4;
    const vvvv = (~b >> 3) & 15;
    this.rex = rex;
    this.vvvv = vvvv;
    const length = (b & 4) === 0 ? 0 : Mark.length;
    this.prefixes = prefixes | Mark.vex | (b & 3) | length | (vvvv === 0 ? 0 : Mark.names) | ((rex & 8) << 6) | ((rex & 1) << 10);
    this.opcode = (map << 8) | (code[at++] ?? 0);
    this.at = at;
    return true;
  }
}
