/** 82093AA I/O APIC, of the version that has an EOI register: Intel 82093AA data sheet, May 1996; 4 KiB at FEC00000h. */

import { Device, type Line, list, type StateOf, u8, u32, type Width, type Window } from '../machine/index.ts';
import type { ApicMessages } from './apic-bus.ts';

export interface IoApicWires {
  readonly processors: ApicMessages;
}

export const ioApicPins = 24;
/** Offsets in the window: 3.1; the last is of ICH and later. */
const Register = { select: 0x00, data: 0x10, endOfInterrupt: 0x40 } as const;
/** Indirect registers: 3.2. */
const Index = { id: 0, version: 1, arbitration: 2, table: 0x10 } as const;
const version = 0x20 | ((ioApicPins - 1) << 16);
/** Low half of a redirection: 3.2.4. The polarity isn't looked at: lines are high while somebody asks, as in QEMU. */
const Entry = { vector: 0xff, delivery: 8, logical: 0x0800, remote: 0x4000, level: 0x8000, masked: 0x1_0000, written: 0x1_afff } as const;

const schema = { select: u8, id: u8, lines: u32, low: list(ioApicPins, u32), high: list(ioApicPins, u32) };

export class IoApic extends Device<typeof schema> implements Window {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = freshState(0);
  readonly #wires: IoApicWires;

  readonly inputs: readonly Line[] = Array.from({ length: ioApicPins }, (_, pin) => ({
    set: (isHigh: boolean) => this.#input(pin, isHigh),
  }));

  constructor(wires: IoApicWires) {
    super();
    this.#wires = wires;
  }

  /** What others hold high stays high. */
  protected fresh(): StateOf<typeof schema> {
    return freshState(this.state.lines);
  }

  read(offset: number, bytes: Width): number {
    const value = offset === Register.select ? this.state.select : offset === Register.data ? this.#register : 0;
    return value % 2 ** (8 * bytes);
  }

  write(offset: number, value: number, _bytes: Width): void {
    if (offset === Register.select) this.state.select = value & 0xff;
    else if (offset === Register.data) this.#put(value);
    else if (offset === Register.endOfInterrupt) this.endOfInterrupt(value & 0xff);
  }

  /** A processor is through with a level-triggered interrupt; who asks still is heard again. */
  endOfInterrupt(vector: number): void {
    for (let pin = 0; pin < ioApicPins; pin++) {
      const low = this.#low(pin);
      if ((low & Entry.remote) === 0 || (low & Entry.vector) !== vector) continue;
      this.state.low[pin] = (low & ~Entry.remote) >>> 0;
      this.#ask(pin);
    }
  }

  /** Whether an input leads anywhere, or is masked. */
  hears(pin: number): boolean {
    return (this.#low(pin) & Entry.masked) === 0;
  }

  #input(pin: number, isHigh: boolean): void {
    const { state } = this;
    const mask = 1 << pin;
    const wasHigh = (state.lines & mask) !== 0;
    if (wasHigh === isHigh) return;
    state.lines = (isHigh ? state.lines | mask : state.lines & ~mask) >>> 0;
    if (!isHigh) return;
    const low = this.#low(pin);
    if ((low & Entry.level) !== 0) this.#ask(pin);
    // An edge while it is masked is lost: 3.2.4, interrupt mask.
    else if ((low & Entry.masked) === 0) this.#send(pin);
  }

  /** A level is told once, until it is ended. */
  #ask(pin: number): void {
    const low = this.#low(pin);
    if ((low & Entry.level) === 0 || (low & (Entry.masked | Entry.remote)) !== 0 || (this.state.lines & (1 << pin)) === 0) return;
    this.state.low[pin] = (low | Entry.remote) >>> 0;
    this.#send(pin);
  }

  #send(pin: number): void {
    const low = this.#low(pin);
    this.#wires.processors.deliver({
      vector: low & Entry.vector,
      delivery: (low >> Entry.delivery) & 7,
      isLevel: (low & Entry.level) !== 0,
      isLogical: (low & Entry.logical) !== 0,
      destination: (this.state.high[pin] ?? 0) >>> 24,
    });
  }

  #low(pin: number): number {
    return this.state.low[pin] ?? Entry.masked;
  }

  get #register(): number {
    const { select, id, low, high } = this.state;
    if (select === Index.version) return version;
    if (select === Index.id || select === Index.arbitration) return id * 2 ** 24;
    const at = select - Index.table;
    return (at < 0 ? undefined : at % 2 === 0 ? low[at >> 1] : high[at >> 1]) ?? 0;
  }

  #put(value: number): void {
    const { state } = this;
    const at = state.select - Index.table;
    if (state.select === Index.id) state.id = (value >>> 24) & 0x0f;
    if (at < 0 || at >= 2 * ioApicPins) return;
    const pin = at >> 1;
    if (at % 2 !== 0) {
      state.high[pin] = ((value >>> 24) << 24) >>> 0;
      return;
    }
    // Kernels clear what a processor never ended by making it an edge for a moment.
    const remote = (value & Entry.level) === 0 ? 0 : this.#low(pin) & Entry.remote;
    state.low[pin] = ((value & Entry.written) | remote) >>> 0;
    this.#ask(pin);
  }
}

const freshState = (lines: number): StateOf<typeof schema> => ({
  ...{ select: 0, id: 0, lines, low: new Array<number>(ioApicPins).fill(Entry.masked), high: new Array<number>(ioApicPins).fill(0) },
});
