/** Packets that are answered from what the drive knows, without its medium being read. */
import type { UnitState } from '../unit-state.ts';
import { tellConfiguration, tellEvent, tellInquiry, tellModes } from './drive-replies.ts';
import { Opcode } from './opcode.ts';
import { blockBytes } from './sector.ts';
import { tellDisc, tellSubChannel, tellToc } from './toc.ts';

/** How many bytes of the buffer; undefined where a field of the packet asks for what there isn't. And how many are wanted at most. */
export interface Reply {
  readonly bytes: number | undefined;
  readonly most: number;
}

export interface Known {
  readonly state: UnitState;
  readonly model: string;
  /** Of the medium, if there is one. */
  readonly sectors: number | undefined;
}

/** Undefined for other packets. */
export const replyTo = (packet: Uint8Array, { state, model, sectors }: Known): Reply | undefined => {
  const view = new DataView(packet.buffer, packet.byteOffset);
  const into = state.buffer;
  const most = view.getUint16(7);
  const hasMedium = sectors !== undefined;
  switch (packet[0]) {
    case Opcode.inquiry:
      return { bytes: tellInquiry(into, model), most: view.getUint16(3) };
    case Opcode.readCapacity:
      return { bytes: tellCapacity(into, sectors ?? 0), most: 8 };
    case Opcode.readToc:
      return { bytes: tellToc(into, packet, sectors ?? 0), most };
    case Opcode.readSubChannel:
      return { bytes: tellSubChannel(into, packet), most };
    case Opcode.readDiscInformation:
      return { bytes: tellDisc(into), most };
    case Opcode.getConfiguration:
      return { bytes: tellConfiguration(into, packet, sectors), most };
    case Opcode.getEvent:
      return { bytes: tellEvent(into, packet, state, hasMedium), most };
    case Opcode.modeSense10:
      return { bytes: tellModes(into, packet, state, hasMedium), most };
    case Opcode.mechanismStatus:
      into.fill(0, 0, 8);
      return { bytes: 8, most: view.getUint16(8) };
    default:
      return undefined;
  }
};

/** The last sector, and how long each is. */
const tellCapacity = (into: Uint8Array, sectors: number): number => {
  const view = new DataView(into.buffer, into.byteOffset);
  view.setUint32(0, sectors - 1);
  view.setUint32(4, blockBytes);
  return 8;
};
