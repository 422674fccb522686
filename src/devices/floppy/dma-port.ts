/** The controller's side of a channel that serves whoever asks. */
import { type Line, loose } from '../../machine/index.ts';
import type { DmaPeer } from '../dma/channel.ts';
import type { DmaChannel } from './transfer.ts';

const nothing = new Uint8Array(0);

/** Asks for as long as there are bytes to be moved, and no longer than the count lasts. `attach` puts it on the channel, and returns the request. */
export const dmaPort = (attach: (peer: DmaPeer) => Line): DmaChannel => {
  let [bytes, at, isTerminal, isInward]: [Uint8Array, number, boolean, boolean] = [nothing, 0, false, false];
  let request = loose;
  const moved = (count: number): number => {
    at += count;
    if (at === bytes.length) request.set(false);
    return count;
  };
  const ask = (all: Uint8Array, inward: boolean): number => {
    [bytes, at, isTerminal, isInward] = [all, 0, false, inward];
    if (all.length > 0) request.set(true);
    request.set(false);
    bytes = nothing;
    return at;
  };
  request = attach({
    take: (from) => {
      if (!isInward) return 0;
      const count = Math.min(from.length, bytes.length - at);
      bytes.set(from.subarray(0, count), at);
      return moved(count);
    },
    give: (into) => {
      if (isInward) return 0;
      const count = Math.min(into.length, bytes.length - at);
      into.set(bytes.subarray(at, at + count));
      return moved(count);
    },
    end: () => {
      isTerminal = true;
      request.set(false);
    },
  });
  return {
    put: (from) => ask(from, false),
    take: (into) => ask(into, true),
    get isTerminal() {
      return isTerminal;
    },
  };
};
