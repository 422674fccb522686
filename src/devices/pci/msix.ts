/** A message for each cause: PCI Local Bus 3.0, 6.8.2. */
import { bytes, gpa, type StateOf, type Window } from '../../machine/index.ts';
import type { Capability } from './layout.ts';
import { CapabilityId } from './registers.ts';
import type { Messages } from './slot.ts';

const entryBytes = 16;
const Entry = { address: 0, data: 8, control: 12 } as const;
const EntryControl = { masked: 0x01 } as const;
/** The upper byte of message control. */
const Control = { masked: 0x40, on: 0x80 } as const;

/** How many messages, and where their table and the bits of those that wait lie in which base address register. */
export interface MsixPlace {
  readonly at: number;
  readonly vectors: number;
  readonly register: number;
  readonly table: number;
  readonly waiting: number;
}

export const msixCapability = ({ at, vectors, register, table, waiting }: MsixPlace): Capability => {
  const body = new DataView(new ArrayBuffer(10));
  body.setUint16(0, vectors - 1, true);
  body.setUint32(2, table | register, true);
  body.setUint32(6, waiting | register, true);
  return { id: CapabilityId.msix, at, body: [...new Uint8Array(body.buffer)], writable: [0, Control.masked | Control.on] };
};

export const msixTableBytes = (vectors: number): number => vectors * entryBytes;
export const msixWaitingBytes = (vectors: number): number => 8 * Math.ceil(vectors / 64);

export const msixSchema = (vectors: number) => ({ table: bytes(msixTableBytes(vectors)), waiting: bytes(msixWaitingBytes(vectors)) });
export type MsixState = StateOf<ReturnType<typeof msixSchema>>;

/** All are masked: 6.8.2.9. */
export const msixFresh = (vectors: number): MsixState => {
  const table = new Uint8Array(msixTableBytes(vectors));
  for (let at = Entry.control; at < table.length; at += entryBytes) table[at] = EntryControl.masked;
  return { table, waiting: new Uint8Array(msixWaitingBytes(vectors)) };
};

export interface MsixWires {
  readonly place: MsixPlace;
  readonly messages: Messages;
  readonly state: () => MsixState;
  readonly config: () => Uint8Array;
}

export class Msix {
  readonly #wires: MsixWires;

  constructor(wires: MsixWires) {
    this.#wires = wires;
  }

  get isOn(): boolean {
    return (this.#control & Control.on) !== 0;
  }

  /** What is masked waits. */
  raise(vector: number): void {
    const { table, waiting } = this.#wires.state();
    if (!this.isOn || vector >= this.#wires.place.vectors) return;
    if ((this.#control & Control.masked) !== 0 || ((table[vector * entryBytes + Entry.control] ?? 0) & EntryControl.masked) !== 0) {
      waiting[vector >> 3] = (waiting[vector >> 3] ?? 0) | (1 << (vector & 7));
      return;
    }
    const view = new DataView(table.buffer, table.byteOffset + vector * entryBytes, entryBytes);
    const high = view.getUint32(Entry.address + 4, true);
    // What goes beyond what can be addressed reaches nothing.
    if (high < 2 ** 20)
      this.#wires.messages.send(gpa(high * 2 ** 32 + view.getUint32(Entry.address, true)), view.getUint32(Entry.data, true));
  }

  /** After a mask changed: what waited and needn't any more goes. */
  release(): void {
    const { waiting } = this.#wires.state();
    if (!this.isOn || (this.#control & Control.masked) !== 0) return;
    for (const [index, bits] of waiting.entries()) {
      waiting[index] = 0;
      for (let bit = 0; bit < 8; bit++) if ((bits & (1 << bit)) !== 0) this.raise(8 * index + bit);
    }
  }

  readonly table: Window = {
    read: (offset, bytes) => littleEndian(this.#wires.state().table, offset, bytes),
    write: (offset, value, bytes) => {
      const { table } = this.#wires.state();
      for (let index = 0; index < bytes; index++) {
        const at = offset + index;
        const bits = at % entryBytes < Entry.control ? 0xff : at % entryBytes === Entry.control ? EntryControl.masked : 0;
        if (at < table.length) table[at] = (value >>> (8 * index)) & bits & (at % entryBytes === 0 ? 0xfc : 0xff);
      }
      this.release();
    },
  };

  readonly waiting: Window = {
    read: (offset, bytes) => littleEndian(this.#wires.state().waiting, offset, bytes),
    write: () => {},
  };

  get #control(): number {
    return this.#wires.config()[this.#wires.place.at + 3] ?? 0;
  }
}

const littleEndian = (from: Uint8Array, offset: number, bytes: number): number => {
  let value = 0;
  for (let index = 0; index < bytes; index++) value += (from[offset + index] ?? 0) * 2 ** (8 * index);
  return value;
};
