/** All network cables of a computer. */
import { createHash } from 'node:crypto';
import type { NetworkPlan } from '../../board/index.ts';
import { type BootRequest, type Call, Refusal, type UndoScope } from '../../environment/index.ts';
import { CableLine, type Card } from './cable-line.ts';
import { connected, nameOf, type SocketEnd, served } from './socket.ts';

export interface NetworkLines {
  readonly plan: readonly NetworkPlan[];
  /** Gives the cards, in that order, what they have room for. Returns whether that was anything. */
  feed(cards: readonly Card[]): boolean;
  /** All that was sent goes on its way. */
  send(): void;
  close(): void;
}

export interface NetworkWires extends Pick<Call, 'signal' | 'say'> {
  /** Something has come in. */
  readonly wake: () => void;
  readonly scope: UndoScope;
}

const most = 8;

/** Opens them in order. Throws a Refusal for the first that can't be; the scope closes those before it. */
export const openNetwork = async ({ network }: Pick<BootRequest, 'network'>, wires: NetworkWires): Promise<NetworkLines> => {
  if (network.length > most)
    throw new Refusal('usage', [`this computer has ${most} network cards, and ${network.length} are given`, `give ${most} at the most`]);
  const opened: { readonly line: CableLine; readonly mac: Uint8Array }[] = [];
  for (const [index, { end, mac }] of network.entries()) {
    const line = new CableLine(wires);
    if (end.isServer) {
      const server = await served(end, 'network cable', line, wires);
      wires.scope.defer(() => server[Symbol.dispose]());
    } else await connected(end, line);
    wires.scope.defer(() => line.close());
    opened.push({ line, mac: mac ?? macOf(end, index) });
  }
  return {
    plan: opened.map(({ line, mac }) => ({ cable: line.cable, mac })),
    feed: (cards) => {
      let isFed = false;
      for (const [index, card] of cards.entries()) if (opened[index]?.line.feed(card) === true) isFed = true;
      return isFed;
    },
    send: () => {
      for (const { line } of opened) line.send();
    },
    close: () => {
      for (const { line } of opened) line.close();
    },
  };
};

/** The same at each start, and hardly another computer's: of an address that nobody gives out (IEEE 802, 8.4). */
const macOf = (end: SocketEnd, index: number): Uint8Array =>
  Uint8Array.of(
    0x02,
    ...createHash('sha256')
      .update(`${nameOf(end)} ${index}`)
      .digest()
      .subarray(0, 5),
  );
