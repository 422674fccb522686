/** What firmware is told about the machine: QEMU docs/specs/fw_cfg.rst; ports 510h to 51Bh. */
import { Device, gpa, type Memory, type StateOf, u16, u32, type Width, type Window } from '../../machine/index.ts';
import { directory, firstFile } from './directory.ts';

/** A named file, with a key from 20h on, or one of the keys that have a number by themselves. */
export interface FwCfgContents {
  readonly keys: ReadonlyMap<number, Uint8Array>;
  /** By name, at most 55 characters long. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface FwCfgWires {
  readonly memory: Memory;
}

/** Keys that have a number by themselves; numbers in little-endian. */
export const FwCfgKey = {
  signature: 0x00,
  id: 0x01,
  uuid: 0x02,
  ramBytes: 0x03,
  noGraphic: 0x04,
  processors: 0x05,
  kernelAddress: 0x07,
  kernelBytes: 0x08,
  initrdAddress: 0x0a,
  initrdBytes: 0x0b,
  numa: 0x0d,
  bootMenu: 0x0e,
  mostProcessors: 0x0f,
  kernelEntry: 0x10,
  kernelData: 0x11,
  initrdData: 0x12,
  commandLineAddress: 0x13,
  commandLineBytes: 0x14,
  commandLineData: 0x15,
  setupAddress: 0x16,
  setupBytes: 0x17,
  setupData: 0x18,
  files: 0x19,
  irq0Override: 0x8002,
} as const;

const Register = { selector: 0, data: 1, dmaHigh: 4, dmaLow: 8 } as const;
const Control = { error: 0x01, read: 0x02, skip: 0x04, select: 0x08, write: 0x10 } as const;
/** Transfers by memory, too. */
const features = 0x03;
const accessBytes = 16;
/** Bytes that move at once. */
const piece = 0x1_0000;

const schema = { key: u16, offset: u32, dmaHigh: u32 };

export class FwCfg extends Device<typeof schema> implements Window {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = this.fresh();
  readonly #contents: (() => FwCfgContents) | undefined;
  #made: ReadonlyMap<number, Uint8Array> | undefined;
  readonly #wires: FwCfgWires;

  /** What it says, or what makes that when it is first asked for. Throws a RangeError where a file's name is too long. */
  constructor(contents: FwCfgContents | (() => FwCfgContents), wires: FwCfgWires) {
    super();
    this.#wires = wires;
    if (typeof contents === 'function') this.#contents = contents;
    else this.#made = itemsOf(contents);
  }

  protected fresh(): StateOf<typeof schema> {
    return { key: 0, offset: 0, dmaHigh: 0 };
  }

  read(offset: number, bytes: Width): number {
    if (offset >= Register.dmaHigh) return signature(offset - Register.dmaHigh, bytes);
    let value = 0;
    for (let byte = 0; byte < bytes; byte++) value += this.#next() * 2 ** (8 * byte);
    return value;
  }

  write(offset: number, value: number, bytes: Width): void {
    if (offset === Register.selector && bytes >= 2) this.#select(value & 0xffff);
    else if (bytes !== 4) return;
    else if (offset === Register.dmaHigh) this.state.dmaHigh = swap(value);
    else if (offset === Register.dmaLow) {
      const at = this.state.dmaHigh * 2 ** 32 + swap(value);
      this.state.dmaHigh = 0;
      this.#transfer(at);
    }
  }

  #select(key: number): void {
    this.state.key = key;
    this.state.offset = 0;
  }

  get #items(): ReadonlyMap<number, Uint8Array> {
    this.#made ??= this.#contents === undefined ? new Map() : itemsOf(this.#contents());
    return this.#made;
  }

  get #item(): Uint8Array {
    return this.#items.get(this.state.key) ?? nothing;
  }

  /** Behind an item there are zeros. */
  #next(): number {
    const { state } = this;
    const byte = this.#item[state.offset] ?? 0;
    this.#advance(1);
    return byte;
  }

  #advance(by: number): void {
    this.state.offset = Math.min(this.state.offset + by, this.#item.length);
  }

  /** FWCfgDmaAccess, big-endian: control, length, address. */
  #transfer(at: number): void {
    if (at + accessBytes > 2 ** 52) return;
    const access = new Uint8Array(accessBytes);
    this.#wires.memory.read(gpa(at), access);
    const view = new DataView(access.buffer);
    const control = view.getUint32(0);
    if ((control & Control.select) !== 0) this.#select(control >>> 16);
    const isRight = this.#copy(control, view.getUint32(4), view.getUint32(8) * 2 ** 32 + view.getUint32(12));
    view.setUint32(0, isRight ? 0 : Control.error);
    this.#wires.memory.write(gpa(at), access.subarray(0, 4));
  }

  /** No more than there is memory is moved, and nothing can be written. */
  #copy(control: number, length: number, to: number): boolean {
    if ((control & Control.read) !== 0) {
      if (length > this.#wires.memory.sizeBytes || to + length > 2 ** 52) return false;
      for (let done = 0; done < length; done += piece) {
        const part = new Uint8Array(Math.min(piece, length - done));
        part.set(this.#item.subarray(this.state.offset, this.state.offset + part.length));
        this.#wires.memory.write(gpa(to + done), part);
        this.#advance(part.length);
      }
      return true;
    }
    if ((control & Control.write) !== 0) return false;
    if ((control & Control.skip) !== 0) this.#advance(length);
    return true;
  }
}

const nothing = new Uint8Array(0);
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const swap = (value: number): number =>
  ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | ((value & 0xff) << 24)) >>> 0;

/** How a driver finds that transfers by memory are there. */
const signature = (offset: number, bytes: Width): number => {
  let value = 0;
  for (let byte = 0; byte < bytes; byte++) value += ('QEMU CFG'.charCodeAt(offset + byte) || 0) * 2 ** (8 * byte);
  return value;
};

/** By their keys. */
const itemsOf = ({ keys, files }: FwCfgContents): ReadonlyMap<number, Uint8Array> => {
  const sorted = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return new Map<number, Uint8Array>([
    ...keys,
    [FwCfgKey.signature, ascii('QEMU')],
    [FwCfgKey.id, Uint8Array.of(features, 0, 0, 0)],
    [FwCfgKey.files, directory(sorted)],
    ...sorted.map(([, data], index) => [firstFile + index, data] as const),
  ]);
};
