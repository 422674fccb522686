/** A function of a PCI device: PCI Local Bus 3.0, chapter 6. */
import { Device, type Schema, type Width, type Window } from '../../machine/index.ts';
import { type Layout, placeOf, type Region } from './layout.ts';
import { Command, Config, configBytes, RegionBits, Status } from './registers.ts';
import type { Slot } from './slot.ts';

/** Its state has the configuration space in a field of the layout's kind. */
export abstract class PciFunction<S extends Schema> extends Device<S> {
  protected readonly slot: Slot;
  protected readonly layout: Layout;

  protected constructor(slot: Slot, layout: Layout) {
    super();
    this.slot = slot;
    this.layout = layout;
    slot.attach(this);
  }

  /** Of its state. */
  protected abstract get config(): Uint8Array;
  /** What answers in a region. */
  protected abstract window(region: Region): Window;

  /** Whether it pulls its pin. */
  protected get isInterrupting(): boolean {
    return false;
  }

  /** A byte of its own registers was written, which held something before. */
  protected configured(_at: number, _before: number): void {}

  /** What it moves by itself, messages included, moves only if this is set: 6.2.2. */
  protected get isMaster(): boolean {
    return (this.#command & Command.master) !== 0;
  }

  readConfig(at: number, bytes: Width): number {
    let value = 0;
    for (let index = 0; index < bytes && at + index < configBytes; index++) value += this.#readByte(at + index) * 2 ** (8 * index);
    return value;
  }

  writeConfig(at: number, value: number, bytes: Width): void {
    for (let index = 0; index < bytes && at + index < configBytes; index++) this.#writeByte(at + index, (value >>> (8 * index)) & 0xff);
    this.settle();
  }

  protected override settle(): void {
    for (const region of this.layout.regions) this.slot.place(region, this.#addressOf(region), this.#answer);
    this.signal();
  }

  /** Derives the level of its pin alone. */
  protected signal(): void {
    this.slot.intx(this.config[Config.pin] ?? 0).set(this.isInterrupting && (this.#command & Command.pinOff) === 0);
  }

  readonly #answer = (region: Region): Window => this.window(region);

  get #command(): number {
    return (this.config[Config.command] ?? 0) | ((this.config[Config.command + 1] ?? 0) << 8);
  }

  /** The pin is told whether it may be pulled or not: 6.2.3. */
  #readByte(at: number): number {
    const value = this.config[at] ?? 0;
    return at === Config.status && this.isInterrupting ? value | Status.interrupt : value;
  }

  #writeByte(at: number, value: number): void {
    const { config, layout } = this;
    const [writable, cleared] = [layout.writable[at] ?? 0, layout.cleared[at] ?? 0];
    const before = config[at] ?? 0;
    config[at] = (before & ~writable & ~(value & cleared)) | (value & writable);
    if (at >= 0x40) this.configured(at, before);
  }

  /** Where a region is to be, if it is enabled. One that reaches the end of what can be addressed is being measured: 6.2.5.1. */
  #addressOf(region: Region): number | undefined {
    const enabled = region.kind === 'io' ? Command.io : Command.memory;
    if ((this.#command & enabled) === 0) return undefined;
    const at = placeOf(region);
    const low = this.#long(at);
    if (region.register === 'rom' && (low & RegionBits.romOn) === 0) return undefined;
    const high = region.kind === 'memory64' ? this.#long(at + 4) : 0;
    const address = high * 2 ** 32 + low - (low % region.bytes);
    const limit = region.kind === 'io' ? 2 ** 16 : region.kind === 'memory' ? 2 ** 32 : 2 ** 52;
    // Nothing is at 0, as on QEMU's board: guests leave it there for what they have no room for.
    return address === 0 || address + region.bytes >= limit ? undefined : address;
  }

  #long(at: number): number {
    const { config } = this;
    return (((config[at] ?? 0) | ((config[at + 1] ?? 0) << 8) | ((config[at + 2] ?? 0) << 16)) >>> 0) + (config[at + 3] ?? 0) * 2 ** 24;
  }
}
