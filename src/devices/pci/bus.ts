/** A PCI bus: which functions there are, where their regions lie on the machine's buses, and which lines their pins share. */
import {
  type Bus,
  type Gpa,
  gpa,
  type Line,
  loose,
  type Memory,
  Pin,
  type Port,
  port,
  type Schema,
  undriven,
  type Width,
  type Window,
} from '../../machine/index.ts';
import type { PciFunction } from './function.ts';
import type { Region } from './layout.ts';
import type { Messages, Slot } from './slot.ts';

export interface PciBusWires {
  readonly ports: Bus<Port>;
  readonly addresses: Bus<Gpa>;
  readonly memory: Memory;
  readonly messages: Messages;
}

/** Where PIRQA to PIRQD lead, numbered from 0. */
export interface PirqRouter {
  pirq(number: number, isHigh: boolean): void;
}

interface Placement {
  readonly region: Region;
  readonly slot: number;
  at: number | undefined;
  answer: (region: Region) => Window;
  /** Where it is mapped. */
  mappedAt: number | undefined;
  mapping: Disposable | undefined;
}

const slots = 32;
const functions = 8;

export class PciBus {
  readonly #wires: PciBusWires;
  readonly #pirqs = [0, 1, 2, 3].map((number) => new Pin({ set: (isHigh) => this.router?.pirq(number, isHigh) }));
  router: PirqRouter | undefined;
  readonly #functions = new Map<number, PciFunction<Schema>>();
  /** Wires of the pins of each. */
  readonly #pins = new Map<number, readonly Line[]>();
  /** In the order of functions, which is their precedence where regions overlap. */
  #placements: readonly Placement[] = [];

  constructor(wires: PciBusWires) {
    this.#wires = wires;
  }

  /** For one function. Throws a RangeError where there is no such place, or one is taken. */
  slot(device: number, number = 0): Slot {
    const index = device * functions + number;
    if (device < 0 || device >= slots || number < 0 || number >= functions) throw new RangeError(`there is no slot ${device}.${number}`);
    const { memory, messages } = this.#wires;
    const wires = [1, 2, 3, 4].map((pin) => this.#pirqs[pirqOf(device, pin)]?.wire() ?? loose);
    return {
      memory,
      messages,
      attach: (one) => {
        if (this.#functions.has(index)) throw new RangeError(`slot ${device}.${number} is taken`);
        this.#functions.set(index, one);
        this.#pins.set(index, wires);
      },
      place: (region, at, answer) => this.#place(index, region, at, answer),
      intx: (pin) => wires[pin - 1] ?? loose,
    };
  }

  /** What is in a slot is pulled out: it answers no more, and pulls no line. */
  empty(device: number): void {
    for (let index = device * functions; index < (device + 1) * functions; index++) {
      this.#functions.delete(index);
      for (const wire of this.#pins.get(index) ?? []) wire.set(false);
      this.#pins.delete(index);
    }
    const isThere = ({ slot }: Placement): boolean => Math.floor(slot / functions) !== device;
    for (const { mapping } of this.#placements.filter((one) => !isThere(one))) mapping?.[Symbol.dispose]();
    this.#placements = this.#placements.filter(isThere);
    this.#arrange();
  }

  /** Of configuration space; a place without a function reads as all ones. */
  read(index: number, at: number, bytes: Width): number {
    return this.#functions.get(index)?.readConfig(at, bytes) ?? undriven(bytes);
  }

  write(index: number, at: number, value: number, bytes: Width): void {
    this.#functions.get(index)?.writeConfig(at, value, bytes);
  }

  #place(slot: number, region: Region, at: number | undefined, answer: (region: Region) => Window): void {
    let placement = this.#placements.find((one) => one.slot === slot && one.region === region);
    if (placement === undefined) {
      if (at === undefined) return;
      placement = { slot, region, at: undefined, answer, mappedAt: undefined, mapping: undefined };
      this.#placements = [...this.#placements, placement].toSorted((a, b) => a.slot - b.slot || placeRank(a.region) - placeRank(b.region));
    }
    if (placement.at === at) return;
    placement.at = at;
    this.#arrange();
  }

  /** Of regions that overlap the first is there, so where they are depends on the registers alone and not on the order of writes. */
  #arrange(): void {
    const wanted = this.#placements.filter(
      (one, index) => one.at !== undefined && !this.#placements.slice(0, index).some((other) => overlaps(one, other)),
    );
    for (const one of this.#placements) {
      if (one.mapping === undefined || (wanted.includes(one) && one.at === one.mappedAt)) continue;
      one.mapping[Symbol.dispose]();
      one.mapping = undefined;
    }
    for (const one of wanted) {
      if (one.mapping !== undefined || one.at === undefined) continue;
      one.mapping = this.#map(one, one.at);
      one.mappedAt = one.at;
    }
  }

  /** What is on the board itself lies before what a guest puts there. */
  #map({ region, slot, answer }: Placement, at: number): Disposable | undefined {
    const { ports, addresses } = this.#wires;
    const name = `PCI ${Math.floor(slot / functions)}.${slot % functions} ${region.register === 'rom' ? 'ROM' : `region ${region.register}`}`;
    if (region.kind === 'io')
      return ports.isFree(port(at), region.bytes) ? ports.map(port(at), region.bytes, answer(region), name) : undefined;
    return addresses.isFree(gpa(at), region.bytes) ? addresses.map(gpa(at), region.bytes, answer(region), name) : undefined;
  }
}

/** As the pins of QEMU's board are wired, which SeaBIOS knows: 1.16, fw/pciinit.c, piix_pci_slot_get_irq. */
const pirqOf = (device: number, pin: number): number => (device + pin + 2) & 3;

const placeRank = ({ register }: Region): number => (register === 'rom' ? 6 : register);

const overlaps = (a: Placement, b: Placement): boolean =>
  a.at !== undefined &&
  b.at !== undefined &&
  (a.region.kind === 'io') === (b.region.kind === 'io') &&
  a.at < b.at + b.region.bytes &&
  b.at < a.at + a.region.bytes;
