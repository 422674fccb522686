/** The two 8237A of a PC/AT with their page registers: channels 0 to 3 move bytes, 5 to 7 words; channel 4 has the first chip behind it. */
import { type ByteWindow, bytes, Device, flag, type Line, list, type Memory, part, type StateOf, u8 } from '../../machine/index.ts';
import { type Channel, channelSchema, type DmaPeer, freshChannel, Mode, move, restart } from './channel.ts';

export interface DmaWires {
  readonly memory: Memory;
}

const Register = { command: 8, request: 9, mask: 10, mode: 11, flipFlop: 12, clear: 13, unmask: 14, masks: 15 } as const;
const Command = { off: 0x04 } as const;
/** Where each channel's page is, counted from port 80h. */
const pages = [7, 3, 1, 2, 15, 11, 9, 10] as const;
const cascade = 4;
/** Of one service, two rounds of the largest count; whoever still asks is served again at the next change. */
const mostUnits = 0x2_0000;

const chipSchema = {
  channels: list(4, part(channelSchema)),
  command: u8,
  masks: u8,
  /** Asked for by the program, and by devices. */
  requests: u8,
  lines: u8,
  ended: u8,
  isHigh: flag,
};
const schema = { chips: list(2, part(chipSchema)), pages: bytes(16) };
type Chip = StateOf<typeof chipSchema>;

const freshChip = (lines: number): Chip => ({
  ...{ channels: Array.from({ length: 4 }, freshChannel), command: 0, masks: 0x0f, requests: 0, lines, ended: 0, isHigh: false },
});

export class Dma extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = { chips: [freshChip(0), freshChip(0)], pages: new Uint8Array(16) };
  readonly #wires: DmaWires;
  readonly #peers = new Map<number, DmaPeer>();
  #isServing = false;

  /** Ports 0 to Fh. */
  readonly low: ByteWindow = { read: (offset) => this.#read(0, offset), write: (offset, value) => this.#write(0, offset, value) };
  /** Ports C0h to DFh, of which each second one is the same. */
  readonly high: ByteWindow = {
    read: (offset) => this.#read(1, offset >> 1),
    write: (offset, value) => this.#write(1, offset >> 1, value),
  };
  /** Ports 81h to 8Fh. */
  readonly pages: ByteWindow = {
    read: (offset) => this.state.pages[offset + 1] ?? 0xff,
    write: (offset, value) => {
      this.state.pages[offset + 1] = value;
    },
  };

  constructor(wires: DmaWires) {
    super();
    this.#wires = wires;
  }

  protected fresh(): StateOf<typeof schema> {
    return { chips: this.state.chips.map(({ lines }) => freshChip(lines)), pages: new Uint8Array(16) };
  }

  /** Puts a device on a channel; the line is its request. */
  attach(channel: number, peer: DmaPeer): Line {
    if (channel === cascade || this.#peers.has(channel)) throw new RangeError(`channel ${channel} is taken`);
    this.#peers.set(channel, peer);
    const mask = 1 << (channel & 3);
    return {
      set: (isHigh) => {
        const chip = this.#chip(channel >> 2);
        chip.lines = isHigh ? chip.lines | mask : chip.lines & ~mask;
        if (isHigh) this.#serve();
      },
    };
  }

  #read(which: 0 | 1, register: number): number {
    const chip = this.#chip(which);
    if (register < Register.command) return this.#half(chip, register);
    if (register === Register.command) {
      const value = chip.ended | ((chip.lines | chip.requests) << 4);
      chip.ended = 0;
      return value & 0xff;
    }
    return register === Register.masks ? chip.masks | 0xf0 : 0;
  }

  #write(which: 0 | 1, register: number, value: number): void {
    const chip = this.#chip(which);
    const mask = 1 << (value & 3);
    switch (register) {
      case Register.command:
        chip.command = value;
        break;
      case Register.request:
        chip.requests = (value & 4) !== 0 ? chip.requests | mask : chip.requests & ~mask;
        break;
      case Register.mask:
        chip.masks = (value & 4) !== 0 ? chip.masks | mask : chip.masks & ~mask;
        break;
      case Register.mode:
        channelOf(chip, value & 3).mode = value & 0xfc;
        break;
      case Register.flipFlop:
        chip.isHigh = false;
        break;
      case Register.clear:
        Object.assign(chip, freshChip(chip.lines), { channels: chip.channels });
        break;
      case Register.unmask:
        chip.masks = 0;
        break;
      case Register.masks:
        chip.masks = value & 0x0f;
        break;
      default:
        put(chip, register, value);
    }
    if (register >= Register.command) this.#serve();
  }

  #half(chip: Chip, register: number): number {
    const channel = channelOf(chip, register >> 1);
    const value = (register & 1) === 0 ? channel.address : channel.count;
    chip.isHigh = !chip.isHigh;
    return chip.isHigh ? value & 0xff : value >> 8;
  }

  /** A device that changes its request while it is served is seen by who serves it. */
  #serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      for (let number = 0; number < 8; number++) if (number !== cascade) this.#transfer(number);
    } finally {
      this.#isServing = false;
    }
  }

  #transfer(number: number): void {
    const [which, peer] = [number >> 2, this.#peers.get(number)];
    if (peer === undefined || !this.#isOpen(which)) return;
    const chip = this.#chip(which);
    const channel = channelOf(chip, number & 3);
    const mask = 1 << (number & 3);
    const page = this.state.pages[pages[number] ?? 0] ?? 0;
    let isBlock = false;
    for (let units = 0; units < mostUnits && (chip.masks & mask) === 0; ) {
      if (((chip.lines | chip.requests) & mask) === 0 && !isBlock) return;
      if ((channel.mode & Mode.cascade) === Mode.cascade) return;
      isBlock = (channel.mode & Mode.cascade) === Mode.block;
      const left = channel.count + 1;
      const moved = move(channel, peer, this.#wires.memory, page, which === 0 ? 1 : 2);
      if (moved === 0) return;
      units += moved;
      if (moved < left) continue;
      isBlock = false;
      this.#end(chip, channel, mask);
      peer.end();
    }
  }

  #end(chip: Chip, channel: Channel, mask: number): void {
    chip.ended |= mask;
    chip.requests &= ~mask;
    if ((channel.mode & Mode.automatic) !== 0) restart(channel);
    else chip.masks |= mask;
  }

  /** The first chip asks through channel 4 of the second. */
  #isOpen(which: number): boolean {
    const second = this.#chip(1);
    if ((second.command & Command.off) !== 0) return false;
    if (which === 1) return true;
    return (this.#chip(0).command & Command.off) === 0 && (second.masks & 1) === 0;
  }

  #chip(which: number): Chip {
    const chip = this.state.chips[which];
    if (chip === undefined) throw new RangeError(`chip ${which} is none of two`);
    return chip;
  }
}

const channelOf = (chip: Chip, which: number): Channel => {
  const channel = chip.channels[which];
  if (channel === undefined) throw new RangeError(`channel ${which} is none of four`);
  return channel;
};

/** One half of an address or count, and of what it begins with. */
const put = (chip: Chip, register: number, value: number): void => {
  const channel = channelOf(chip, register >> 1);
  const half = (before: number): number => (chip.isHigh ? (before & 0xff) | (value << 8) : (before & 0xff00) | value);
  if ((register & 1) === 0) {
    channel.baseAddress = half(channel.baseAddress);
    channel.address = half(channel.address);
  } else {
    channel.baseCount = half(channel.baseCount);
    channel.count = half(channel.count);
  }
  chip.isHigh = !chip.isHigh;
};
