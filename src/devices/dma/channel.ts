/** One channel of the 8237A: Intel 8237A data sheet, September 1993; with its page register as a PC has it. */
import { type Gpa, gpa, type Memory, type StateOf, u8, u16 } from '../../machine/index.ts';

/** Who sits on a channel. */
export interface DmaPeer {
  /** From memory; how many of these bytes it took. Who takes fewer has let its request fall, or has to wait. */
  take(bytes: Uint8Array): number;
  /** To memory; how many bytes it put there. */
  give(into: Uint8Array): number;
  /** All has moved that the program wanted: terminal count. */
  end(): void;
}

export const channelSchema = { baseAddress: u16, baseCount: u16, address: u16, count: u16, mode: u8 };

export type Channel = StateOf<typeof channelSchema>;

export const Mode = { toMemory: 0x04, fromMemory: 0x08, automatic: 0x10, down: 0x20, block: 0x80, cascade: 0xc0 } as const;

export const freshChannel = (): Channel => ({ baseAddress: 0, baseCount: 0, address: 0, count: 0, mode: 0 });

/** Bytes that move at once. */
const piece = 4096;

/** Moves what goes in one piece: bytes, or words where `unit` is 2; how many of them. */
export const move = (channel: Channel, peer: DmaPeer, memory: Memory, page: number, unit: 1 | 2): number => {
  const isDown = (channel.mode & Mode.down) !== 0;
  const most = isDown ? 1 : Math.min(channel.count + 1, 0x1_0000 - channel.address, piece / unit);
  const buffer = new Uint8Array(most * unit);
  // Of words the page's lowest bit is none of the address.
  const at = gpa((unit === 2 ? page & 0xfe : page) * 0x1_0000 + channel.address * unit);
  const moved = Math.min(most, Math.floor(exchange(channel, peer, memory, at, buffer) / unit));
  channel.address = (channel.address + (isDown ? -moved : moved)) & 0xffff;
  channel.count = (channel.count - moved) & 0xffff;
  return moved;
};

/** As at the beginning, where the channel is to do it by itself. */
export const restart = (channel: Channel): void => {
  channel.address = channel.baseAddress;
  channel.count = channel.baseCount;
};

const exchange = ({ mode }: Channel, peer: DmaPeer, memory: Memory, at: Gpa, buffer: Uint8Array): number => {
  if ((mode & Mode.fromMemory) !== 0) {
    memory.read(at, buffer);
    return peer.take(buffer);
  }
  const given = Math.min(buffer.length, peer.give(buffer));
  // Otherwise it is a verification, of which memory knows nothing.
  if ((mode & Mode.toMemory) !== 0) memory.write(at, buffer.subarray(0, given));
  return given;
};
