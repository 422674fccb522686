/** Fills a record in by a template: what is left are registers, offsets and immediates, read from the bytes of code as decode.ts reads them. */
import { State } from '../../runtime/state.ts';
import { longest } from '../decode/reader.ts';
import { Beginning } from './beginning.ts';
import { Record } from './record.ts';
import { Immediate, registerPlaces, Template, type Templates, Trait } from './templates.ts';

export class Filling {
  readonly #memory: DataView;
  readonly #words: Int32Array;
  readonly #code: Uint8Array;
  readonly #beginning = new Beginning();
  /** Of the instruction: its bytes, and whether a block ends with it. */
  length = 0;
  ends = false;
  /** Where what comes next of it is read. */
  #at = 0;
  /** What ModRM names: places of base and index, and how far that is shifted; `Template` of the segment; whether it is an offset from the next instruction. */
  #base = 0;
  #index = 0;
  #shift = 0;
  #segment: number = Template.data;
  #displacement = 0;
  #isRelative = false;
  /** An immediate, in two halves. */
  #low = 0;
  #high = 0;

  /** `memory`: all of linear memory, where code and records are. */
  constructor(memory: DataView) {
    const { buffer, byteOffset, byteLength } = memory;
    this.#memory = memory;
    this.#words = new Int32Array(buffer, byteOffset, byteLength >>> 2);
    this.#code = new Uint8Array(buffer, byteOffset, byteLength);
  }

  /**
   * Undefined where there is no template, false where it has bytes behind `end` or too many of them, as `length` says: nothing is written then that counts.
   * @param from where the instruction is in linear memory; `low` and `high` are its address
   */
  fill(place: number, templates: Templates, from: number, end: number, low: number, high: number): boolean | undefined {
    const { isLong, fields } = templates;
    const beginning = this.#beginning;
    if (!beginning.read(this.#code, from, isLong)) return undefined;
    this.#at = beginning.at;
    const modrm = this.#code[this.#at] ?? 0;
    const template = templates.find(beginning.prefixes, beginning.opcode, modrm);
    if (template <= 0) return undefined;
    const traits = fields[template + Template.traits] ?? 0;
    const { rex } = beginning;
    const regs = fields[template + Template.reg] ?? 0;
    let reg = registerPlaces[regs] ?? 0;
    let rm = fields[template + Template.rmPlace] ?? 0;
    this.#nowhere();
    if ((traits & Trait.modrm) !== 0) {
      this.#at++;
      reg = registerPlaces[regs + (((modrm >> 3) & 7) | ((rex & 4) << 1))] ?? 0;
      const number = (modrm & 7) | (modrm >= 0xc0 ? (rex & 1) << 3 : 0);
      if ((traits & Trait.rm) !== 0) rm = registerPlaces[(fields[template + Template.rm] ?? 0) + number] ?? 0;
      if ((traits & Trait.memory) !== 0) this.#address(modrm, rex, isLong);
    }
    this.#immediate(fields[template + Template.first] ?? 0);
    const first = this.#low;
    const firstHigh = this.#high;
    let other = (traits & Trait.x87) === 0 ? 0 : (fields[template + Template.secondValue] ?? 0) | modrm;
    const second = fields[template + Template.second] ?? 0;
    if (second !== Immediate.none) {
      this.#immediate(second);
      other = this.#low & 0xffff;
    }
    const length = this.#at - from;
    this.length = length;
    if (length > longest || this.#at > end) return false;
    this.ends = (traits & Trait.ends) !== 0;
    const sum = (low >>> 0) + length;
    const next = sum | 0;
    const nextHigh = isLong ? (high + (sum > 0xffff_ffff ? 1 : 0)) | 0 : 0;
    const words = this.#words;
    const word = place >> 2;
    words[word] = (fields[template + Template.handler] ?? 0) | (reg << 16);
    words[word + 1] = rm | ((registerPlaces[(fields[template + Template.vvvv] ?? 0) + beginning.vvvv] ?? 0) << 16);
    words[word + 2] = this.#base | (this.#index << 16);
    words[word + 3] = (fields[template + this.#segment] ?? 0) | (this.#shift << 16);
    this.#write(word + Record.displacement / 4, this.#displacement, this.#displacement >> 31);
    if (this.#isRelative) this.#add(word + Record.displacement / 4, next, nextHigh);
    this.#write(word + Record.immediate / 4, first, firstHigh);
    const reach = traits & Trait.relative;
    if (reach !== 0) {
      this.#add(word + Record.immediate / 4, next, nextHigh);
      if (reach !== Trait.relative64) this.#cut(word + Record.immediate / 4, reach === Trait.relative16 ? 0xffff : -1);
    }
    this.#write(word + Record.next / 4, next, nextHigh);
    words[word + Record.link / 4] = 0;
    words[word + Record.second / 4] = other | (length << 16);
    return true;
  }

  /** What has no memory operand. */
  #nowhere(): void {
    this.#base = State.zero;
    this.#index = State.zero;
    this.#shift = 0;
    this.#segment = Template.data;
    this.#displacement = 0;
    this.#isRelative = false;
  }

  /** SDM Vol. 2A, tables 2-2, 2-3 and 2-7. */
  #address(modrm: number, rex: number, isLong: boolean): void {
    const mod = modrm >> 6;
    const low = modrm & 7;
    let number = low | ((rex & 1) << 3);
    let isAbsolute = mod === 0 && low === 5;
    this.#isRelative = isAbsolute && isLong;
    if (low === 4) {
      const sib = this.#code[this.#at++] ?? 0;
      const index = ((sib >> 3) & 7) | ((rex & 2) << 2);
      if (index !== 4) this.#index = State.gpr + 8 * index;
      this.#shift = sib >> 6;
      number = (sib & 7) | ((rex & 1) << 3);
      isAbsolute = mod === 0 && (sib & 7) === 5;
    }
    if (!isAbsolute) {
      this.#base = State.gpr + 8 * number;
      if (number === 4 || number === 5) this.#segment = Template.stack;
    }
    if (isAbsolute || mod === 2) this.#displacement = this.#number(4);
    else if (mod === 1) this.#displacement = (this.#number(1) << 24) >> 24;
  }

  /** Little endian; of four bytes, signed. */
  #number(bytes: 1 | 2 | 4): number {
    const at = this.#at;
    this.#at += bytes;
    if (bytes === 1) return this.#code[at] ?? 0;
    return bytes === 2 ? this.#memory.getUint16(at, true) : this.#memory.getInt32(at, true);
  }

  #immediate(kind: number): void {
    this.#high = 0;
    switch (kind) {
      case Immediate.none:
        this.#low = 0;
        return;
      case Immediate.u1:
        this.#low = this.#number(1);
        return;
      case Immediate.s1:
        this.#low = (this.#number(1) << 24) >> 24;
        break;
      case Immediate.u2:
        this.#low = this.#number(2);
        return;
      case Immediate.s2:
        this.#low = (this.#number(2) << 16) >> 16;
        break;
      default:
        this.#low = this.#number(4);
        if (kind === Immediate.u4) return;
        if (kind === Immediate.u8) {
          this.#high = this.#number(4);
          return;
        }
    }
    this.#high = this.#low >> 31;
  }

  #write(word: number, low: number, high: number): void {
    this.#words[word] = low;
    this.#words[word + 1] = high;
  }

  #add(word: number, low: number, high: number): void {
    const sum = ((this.#words[word] ?? 0) >>> 0) + (low >>> 0);
    this.#write(word, sum, (this.#words[word + 1] ?? 0) + high + (sum > 0xffff_ffff ? 1 : 0));
  }

  /** Of an address that has no high half. */
  #cut(word: number, mask: number): void {
    this.#write(word, (this.#words[word] ?? 0) & mask, 0);
  }
}
