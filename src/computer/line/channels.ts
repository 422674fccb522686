/** Lines of bytes into the guest beside its serial ports: ports of one virtio console, by their names. */
import type { VirtioConsole } from '../../devices/index.ts';
import { type BootRequest, Refusal } from '../../environment/index.ts';
import { type LineWires, openEnd } from './lines.ts';
import type { OpenLine } from './open-line.ts';

export interface Channels {
  readonly plan: readonly { readonly name: string; readonly line: { readonly isBusy: boolean; transmit(bytes: Uint8Array): void } }[];
  /** Gives the guest what it has room for. Returns whether that was anything. */
  feed(card: VirtioConsole): boolean;
  /** All that was sent goes on its way. */
  send(): void;
  close(): void;
}

const most = 8;

/** Opens them in order. Throws a Refusal for the first that can't be; the scope closes those before it. */
export const openChannels = async ({ channel }: Pick<BootRequest, 'channel'>, wires: LineWires): Promise<Channels> => {
  if (channel.length > most)
    throw new Refusal('usage', [`this computer has ${most} channels, and ${channel.length} are given`, `give ${most} at the most`]);
  const lines: OpenLine[] = [];
  for (const { end } of channel) {
    const line = await openEnd(end, wires);
    wires.scope.defer(() => line.close());
    lines.push(line);
  }
  return {
    plan: channel.map(({ name }, index) => ({ name, line: inPieces(lines[index]) })),
    feed: (card) => {
      let isFed = false;
      for (const [index, line] of lines.entries()) {
        card.release(index);
        if (feedPort(card, index, line)) isFed = true;
      }
      return isFed;
    },
    send: () => {
      for (const line of lines) line.send();
    },
    close: () => {
      for (const line of lines) line.close();
    },
  };
};

const inPieces = (to: OpenLine | undefined): Channels['plan'][number]['line'] => ({
  transmit: (bytes) => {
    for (const byte of bytes) to?.line.transmit(byte);
  },
  get isBusy() {
    return to?.line.isBusy === true;
  },
});

/** As much as its next buffer has room for. */
const feedPort = (card: VirtioConsole, index: number, line: OpenLine): boolean => {
  const bytes: number[] = [];
  const room = card.room(index);
  line.feed({ room, receive: (byte) => void bytes.push(byte) });
  return bytes.length > 0 && card.receive(index, Uint8Array.from(bytes)) > 0;
};
