/** 16550A UART: PC16550D data sheet, June 1995. */
import { type ByteWindow, Device, flag, type Line, queue, type StateOf, u8 } from '../machine/index.ts';

/** Where the line leads: a terminal, a file, a socket. */
export interface SerialLine {
  transmit(byte: number): void;
  /** It takes no more for a while: the transmitter isn't empty until `release`. */
  readonly isBusy?: boolean;
}

export interface UartWires {
  readonly irq: Line;
  readonly line: SerialLine;
}

/** Section 8.6, table II. The divisor is at the first two while DLAB is set. */
const Register = { data: 0, ier: 1, iir: 2, lcr: 3, mcr: 4, lsr: 5, msr: 6, scratch: 7 } as const;
const Ier = { received: 0x01, empty: 0x02, status: 0x04, modem: 0x08, all: 0x0f } as const;
const Iir = { none: 0x01, modem: 0x00, empty: 0x02, received: 0x04, status: 0x06, timeout: 0x0c, fifo: 0xc0 } as const;
const Fcr = { enable: 0x01, clearReceived: 0x02, clearSent: 0x04, kept: 0xc9 } as const;
const Lcr = { divisor: 0x80 } as const;
const Mcr = { dtr: 0x01, rts: 0x02, out1: 0x04, out2: 0x08, loop: 0x10, all: 0x1f } as const;
const Lsr = { data: 0x01, overrun: 0x02, empty: 0x20, idle: 0x40 } as const;
const Msr = { cts: 0x10, dsr: 0x20, ri: 0x40, dcd: 0x80 } as const;

/** Bytes that wait until somebody reads them. */
const fifoBytes = 16;
/** At which so many received bytes interrupt: FCR, bits 6 and 7. */
const triggers = [1, 4, 8, 14] as const;

const schema = {
  ier: u8,
  lcr: u8,
  mcr: u8,
  scratch: u8,
  divisorLow: u8,
  divisorHigh: u8,
  fcr: u8,
  received: queue(fifoBytes),
  isOverrun: flag,
  /** The line was busy when it was last sent to. */
  isHeld: flag,
  /** The transmitter has become empty since that was last told. */
  isEmptyNews: flag,
  /** Modem status when it was last read. */
  modemTold: u8,
};

/** A byte that is written is through at once, unless who is at the other end of the line has enough to do. */
export class Uart extends Device<typeof schema> implements ByteWindow {
  readonly schema = schema;
  protected state = this.fresh();
  readonly #wires: UartWires;

  constructor(wires: UartWires) {
    super();
    this.#wires = wires;
  }

  protected fresh(): StateOf<typeof schema> {
    return {
      ...{ ier: 0, lcr: 0, mcr: 0, scratch: 0, divisorLow: 12, divisorHigh: 0, fcr: 0 },
      ...{ received: [], isOverrun: false, isHeld: false, isEmptyNews: false, modemTold: Msr.cts | Msr.dsr | Msr.dcd },
    };
  }

  /** OUT2 is what connects a PC's UART with its interrupt line. In loop-back it is cut off. */
  protected override settle(): void {
    this.#wires.irq.set((this.state.mcr & (Mcr.out2 | Mcr.loop)) === Mcr.out2 && this.#cause !== Iir.none);
  }

  /** How many more bytes it takes: whoever sends more loses them, as on any line. */
  get room(): number {
    return this.#capacity - this.state.received.length;
  }

  receive(byte: number): void {
    if ((this.state.mcr & Mcr.loop) === 0) this.#take(byte);
    this.settle();
  }

  /** The line may take more again. */
  release(): void {
    if (!this.state.isHeld || this.#wires.line.isBusy === true) return;
    this.state.isHeld = false;
    this.state.isEmptyNews = true;
    this.settle();
  }

  read(offset: number): number {
    const { state } = this;
    const isDivisor = (state.lcr & Lcr.divisor) !== 0;
    switch (offset) {
      case Register.data:
        return isDivisor ? state.divisorLow : this.#readByte();
      case Register.ier:
        return isDivisor ? state.divisorHigh : state.ier;
      case Register.iir:
        return this.#readCause();
      case Register.lcr:
        return state.lcr;
      case Register.mcr:
        return state.mcr;
      case Register.lsr:
        return this.#readLineStatus();
      case Register.msr:
        return this.#readModemStatus();
      case Register.scratch:
        return state.scratch;
      default:
        return 0xff;
    }
  }

  write(offset: number, value: number): void {
    const { state } = this;
    const isDivisor = (state.lcr & Lcr.divisor) !== 0;
    switch (offset) {
      case Register.data:
        if (isDivisor) state.divisorLow = value;
        else this.#send(value);
        break;
      case Register.ier:
        if (isDivisor) state.divisorHigh = value;
        else {
          // Whoever begins to listen is told that it is empty.
          if ((value & ~state.ier & Ier.empty) !== 0) state.isEmptyNews = true;
          state.ier = value & Ier.all;
        }
        break;
      case Register.iir:
        this.#control(value);
        break;
      case Register.lcr:
        state.lcr = value;
        break;
      case Register.mcr:
        state.mcr = value & Mcr.all;
        break;
      case Register.scratch:
        state.scratch = value;
        break;
    }
    this.settle();
  }

  /** The most urgent of what is enabled: section 8.4, table IV. */
  get #cause(): number {
    const { ier, received, isOverrun, isEmptyNews } = this.state;
    if ((ier & Ier.status) !== 0 && isOverrun) return Iir.status;
    if ((ier & Ier.received) !== 0 && received.length >= this.#trigger) return Iir.received;
    // Fewer than were wanted, and none will follow soon.
    if ((ier & Ier.received) !== 0 && received.length > 0) return Iir.timeout;
    if ((ier & Ier.empty) !== 0 && isEmptyNews) return Iir.empty;
    if ((ier & Ier.modem) !== 0 && this.#modemChanges !== 0) return Iir.modem;
    return Iir.none;
  }

  get #hasFifo(): boolean {
    return (this.state.fcr & Fcr.enable) !== 0;
  }

  get #capacity(): number {
    return this.#hasFifo ? fifoBytes : 1;
  }

  get #trigger(): number {
    return this.#hasFifo ? (triggers[this.state.fcr >> 6] ?? 1) : 1;
  }

  /** In loop-back the outputs are the inputs: section 8.5. */
  get #modem(): number {
    const { mcr } = this.state;
    if ((mcr & Mcr.loop) === 0) return Msr.cts | Msr.dsr | Msr.dcd;
    const wires = [
      [Mcr.rts, Msr.cts],
      [Mcr.dtr, Msr.dsr],
      [Mcr.out1, Msr.ri],
      [Mcr.out2, Msr.dcd],
    ] as const;
    return wires.reduce((status, [output, input]) => ((mcr & output) === 0 ? status : status | input), 0);
  }

  /** What changed since it was last read, four bits; of the ring only that it ended. */
  get #modemChanges(): number {
    const [before, now] = [this.state.modemTold, this.#modem];
    const ring = before & ~now & Msr.ri;
    return (((before ^ now) & ~Msr.ri) | ring) >> 4;
  }

  #take(byte: number): void {
    const { received } = this.state;
    if (received.length < this.#capacity) received.push(byte);
    else this.state.isOverrun = true;
  }

  #send(byte: number): void {
    const { line } = this.#wires;
    if ((this.state.mcr & Mcr.loop) !== 0) this.#take(byte);
    else {
      line.transmit(byte);
      this.state.isHeld = line.isBusy === true;
    }
    this.state.isEmptyNews = !this.state.isHeld;
  }

  #control(value: number): void {
    const { state } = this;
    const isOther = ((value ^ state.fcr) & Fcr.enable) !== 0;
    if (isOther || (value & Fcr.clearReceived) !== 0) state.received = [];
    state.fcr = value & Fcr.kept;
  }

  #readByte(): number {
    const byte = this.state.received.shift() ?? 0;
    this.settle();
    return byte;
  }

  #readCause(): number {
    const cause = this.#cause;
    if (cause === Iir.empty) this.state.isEmptyNews = false;
    this.settle();
    return cause | (this.#hasFifo ? Iir.fifo : 0);
  }

  #readLineStatus(): number {
    const { received, isOverrun } = this.state;
    this.state.isOverrun = false;
    this.settle();
    return (this.state.isHeld ? 0 : Lsr.empty | Lsr.idle) | (received.length > 0 ? Lsr.data : 0) | (isOverrun ? Lsr.overrun : 0);
  }

  #readModemStatus(): number {
    const status = this.#modem | this.#modemChanges;
    this.state.modemTold = this.#modem;
    this.settle();
    return status;
  }
}
