/** An ATA device behind its registers: how commands begin and end, and how data moves. What the commands are, disks and CD drives know. */
import { DeviceBits, ErrorBits, idle, passed, Status } from './registers.ts';
import { bufferBytes, freshUnit, type UnitState } from './unit-state.ts';

/** What holds the device: a channel of IDE, a port of AHCI. */
export interface UnitHost {
  readonly unit: UnitState;
  /** A block is ready, or a command through. */
  interrupt(): void;
}

export abstract class Unit {
  protected readonly host: UnitHost;

  protected constructor(host: UnitHost) {
    this.host = host;
  }

  protected get state(): UnitState {
    return this.host.unit;
  }

  /** What tells disks and CD drives apart, in the address registers: ATA/ATAPI-7 volume 2, 5.14. */
  protected abstract readonly signature: { readonly mid: number; readonly high: number };
  /** Status of one that was reset. */
  protected abstract readonly restStatus: number;
  /** The registers are written. */
  abstract execute(command: number): void;
  /** Reads the next of the medium. False where it couldn't; the command has ended then. */
  protected abstract fetch(into: Uint8Array): boolean;
  /** Writes the next. */
  protected abstract store(from: Uint8Array): boolean;
  /** A whole block came in that isn't for the medium. */
  protected accept(): void {}
  /** A command packet that a controller brings by itself. */
  packet(_bytes: Uint8Array): void {
    this.abort();
  }
  /** The last block went out, or in. */
  protected abstract through(): void;
  /** A block is ready to be read or written. */
  protected ready(_isFirst: boolean): void {}

  /** Forgets what is under way. */
  reset(): void {
    const { state } = this;
    this.stop();
    this.sign();
    state.multiple = 0;
    state.isInterrupting = false;
  }

  /** As it is switched on. */
  fresh(): UnitState {
    return { ...freshUnit(), count: 1, low: 1, ...this.signature, error: passed, status: this.restStatus };
  }

  /** As after a reset or EXECUTE DEVICE DIAGNOSTIC: volume 2, 9.1. */
  sign(): void {
    const { state } = this;
    Object.assign(state, { count: 1, low: 1, ...this.signature, device: 0, error: passed, status: this.restStatus });
  }

  protected stop(): void {
    Object.assign(this.state, { flow: 'none', isDma: false, left: 0, at: 0, end: 0, filled: 0 });
  }

  /** Ends the command well. */
  protected done(): void {
    this.stop();
    this.state.error = ErrorBits.none;
    this.state.status = idle;
    this.host.interrupt();
  }

  protected fail(error: number): void {
    this.stop();
    this.state.error = error;
    this.state.status = idle | Status.error;
    this.host.interrupt();
  }

  protected abort(): void {
    this.fail(ErrorBits.aborted);
  }

  /** So many bytes of the buffer, which holds them already. */
  protected reply(bytes: number, isDma: boolean): void {
    this.begin('in', 0, isDma);
    this.state.filled = Math.min(bytes, bufferBytes);
    this.#offer(true);
  }

  /** So many bytes to or from the medium. */
  protected transfer(flow: 'in' | 'out', bytes: number, isDma: boolean): void {
    this.begin(flow, bytes, isDma);
    this.#offer(true);
  }

  protected begin(flow: UnitState['flow'], left: number, isDma: boolean): void {
    Object.assign(this.state, { flow, left, isDma, at: 0, end: 0, filled: 0, error: ErrorBits.none, status: idle | Status.drq });
  }

  /** Whether the controller is to move data, and which way. */
  get wants(): 'in' | 'out' | undefined {
    const { flow, isDma } = this.state;
    return isDma && (flow === 'in' || flow === 'out') ? flow : undefined;
  }

  /** Bytes of the transfer that haven't been moved. */
  get leftBytes(): number {
    const { filled, at, left, flow } = this.state;
    return flow === 'out' ? left : Math.max(0, filled - at) + left;
  }

  /** The next bytes for the controller, how many fit; none where the medium couldn't be read, or all are through. */
  take(into: Uint8Array): number {
    const { state } = this;
    const there = Math.max(0, Math.min(state.filled - state.at, into.length));
    if (there > 0) {
      into.set(state.buffer.subarray(state.at, state.at + there));
      state.at += there;
      return there;
    }
    const bytes = Math.min(state.left, whole(into.length, state.sectorBytes));
    if (bytes === 0 || !this.fetch(into.subarray(0, bytes))) return 0;
    state.left -= bytes;
    return bytes;
  }

  /** The next bytes from the controller, whole sectors. False where they couldn't be written. */
  give(from: Uint8Array): boolean {
    if (!this.store(from)) return false;
    this.state.left = Math.max(0, this.state.left - from.length);
    return true;
  }

  /** The controller has moved all. */
  finish(): void {
    this.stop();
    this.through();
  }

  /** Through the data register. Beyond a block there is nothing. */
  readData(bytes: number): number {
    const { state } = this;
    if (state.flow !== 'in' || state.isDma || state.at >= state.end) return 0;
    let value = 0;
    for (let index = 0; index < bytes && state.at < state.end; index++) value += (state.buffer[state.at++] ?? 0) * 2 ** (8 * index);
    if (state.at >= state.end) this.#blockOut();
    return value;
  }

  writeData(value: number, bytes: number): void {
    const { state } = this;
    if ((state.flow !== 'out' && state.flow !== 'packet') || state.isDma || state.at >= state.end) return;
    for (let index = 0; index < bytes && state.at < state.end; index++) state.buffer[state.at++] = (value >>> (8 * index)) & 0xff;
    if (state.at >= state.end) this.#blockIn();
  }

  /** Makes the next block ready, unless the controller moves it. */
  #offer(isFirst: boolean): void {
    const { state } = this;
    if (state.isDma) return;
    if (state.flow === 'in' && state.at >= state.filled) {
      const bytes = Math.min(state.left, whole(Math.max(state.blockBytes, state.sectorBytes), state.sectorBytes));
      if (!this.fetch(state.buffer.subarray(0, bytes))) return;
      state.left -= bytes;
      state.at = 0;
      state.filled = bytes;
    }
    if (state.flow === 'in') state.end = Math.min(state.filled, state.at + state.blockBytes);
    else Object.assign(state, { at: 0, end: Math.min(state.left, state.blockBytes) });
    this.ready(isFirst);
    state.status = idle | Status.drq;
    // The first block that is to be written isn't asked for: volume 2, 11.7.
    if (state.flow === 'in' || !isFirst) this.host.interrupt();
  }

  #blockOut(): void {
    const { state } = this;
    if (state.at < state.filled || state.left > 0) this.#offer(false);
    else this.finish();
  }

  #blockIn(): void {
    const { state } = this;
    if (state.flow === 'packet') {
      this.accept();
      return;
    }
    if (!this.give(state.buffer.subarray(0, state.end))) return;
    if (state.left > 0) this.#offer(false);
    else this.finish();
  }

  /** Whether registers hold an LBA. */
  protected get isLba(): boolean {
    return (this.state.device & DeviceBits.lba) !== 0;
  }
}

/** What of it is whole sectors; a transfer that doesn't come in such is moved at once. */
const whole = (bytes: number, sectorBytes: number): number => bytes - (bytes % Math.max(1, sectorBytes));
