/** Registers that an instruction has changed, as a trace writes them. */
import { readFlags, Segment, State, segmentPlace } from '../../isa/index.ts';

const general = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'];
const segments = Object.entries(Segment).map(([name, number]) => [name, segmentPlace(number) + 16] as const);
const control = [
  ['cr0', State.cr0],
  ['cr3', State.cr3],
  ['cr4', State.cr4],
  ['efer', State.efer],
] as const;
const [generalBytes, vectorBytes, x87Bytes] = [16 * 8, 64, 16];
const [segmentsBytes, controlBytes, numbersBytes] = [6 * 32, 5 * 8, State.x87Control - State.vectors];

/** What was before the present instruction. */
export class Changes {
  readonly #state: DataView;
  readonly #now: Buffer;
  readonly #before = Buffer.alloc(State.x87Control);
  #flags = 0;

  constructor(state: DataView) {
    this.#state = state;
    this.#now = Buffer.from(state.buffer, state.byteOffset, State.x87Control);
  }

  /** An instruction is to run. */
  note(): void {
    this.#now.copy(this.#before);
    this.#flags = readFlags(this.#state);
  }

  /** In a code segment of so many bits: `name=value`, with spaces between; nothing where nothing has changed. */
  since(bits: 16 | 32 | 64): string {
    const found: string[] = [];
    if (this.#differs(State.gpr, generalBytes)) this.#generals(bits, found);
    const flags = readFlags(this.#state);
    if (flags !== this.#flags) found.push(`flags=${flags.toString(16)}`);
    if (this.#differs(State.segments, segmentsBytes))
      for (const [name, place] of segments)
        if (this.#differs(place, 2)) found.push(`${name}=${this.#state.getUint16(place, true).toString(16).padStart(4, '0')}`);
    if (this.#differs(State.cr0, controlBytes))
      for (const [name, place] of control)
        if (this.#differs(place, 8)) found.push(`${name}=${this.#wide(place, 8).replace(/^0+(?=.)/, '')}`);
    if (this.#differs(State.vectors, numbersBytes)) this.#numbers(found);
    return found.join(' ');
  }

  #differs(place: number, bytes: number): boolean {
    return this.#now.compare(this.#before, place, place + bytes, place, place + bytes) !== 0;
  }

  #generals(bits: 16 | 32 | 64, found: string[]): void {
    for (let number = 0; number < 16; number++) {
      const place = State.gpr + 8 * number;
      if (!this.#differs(place, 8)) continue;
      const [first, bytes] = bits === 64 ? ['r', 8] : ['e', 4];
      found.push(`${number < 8 ? `${first}${general[number]}` : `r${number}`}=${this.#wide(place, bytes)}`);
    }
  }

  /** Of vectors the half that has changed. */
  #numbers(found: string[]): void {
    for (let number = 0; number < 32; number++) {
      const place = State.vectors + vectorBytes * number;
      const isWide = this.#differs(place + 16, vectorBytes - 16);
      if (isWide) found.push(`ymm${number}=${this.#wide(place, 32)}`);
      else if (this.#differs(place, 16)) found.push(`xmm${number}=${this.#wide(place, 16)}`);
    }
    for (let number = 0; number < 8; number++) {
      const place = State.x87 + x87Bytes * number;
      if (this.#differs(place, 10)) found.push(`fp${number}=${this.#wide(place, 10)}`);
    }
  }

  /** In hexadecimal, the highest byte first. */
  #wide(place: number, bytes: number): string {
    return Buffer.from(this.#now.subarray(place, place + bytes))
      .reverse()
      .toString('hex');
  }
}
