/** What a processor may ask for others, and messages to many: Linux, Documentation/virt/kvm/x86/hypercalls.rst, KVM_HC_SEND_IPI. */
import { type ApicMessage, Delivery } from '../../machine/index.ts';

/** All processors, by the numbers of their local APICs, which are from 0 on. */
export interface Peers {
  readonly count: number;
  send(to: number, message: ApicMessage): void;
  /** It is that one's turn, if there is such a one. */
  yieldTo(which: number): void;
  /** It goes on behind HLT, if there is such a one, and it is its turn. */
  kick(which: number): void;
}

/** Bits of each mask, the lowest of the first for the processor `from`. */
interface Many {
  readonly from: number;
  readonly masks: readonly bigint[];
  readonly bits: number;
}

/** Of the interrupt command register's low half: figure 12-12 of SDM Vol. 3A. */
const Icr = { vector: 0xff, mode: 0x700, assert: 1 << 14, level: 1 << 15, shorthand: 3 << 18, logical: 1 << 11 } as const;

/** How many were sent it. Undefined where the command has destinations of its own. */
export const sendToMany = (peers: Peers, { from, masks, bits }: Many, command: number): number | undefined => {
  if ((command & (Icr.shorthand | Icr.logical)) !== 0) return undefined;
  const message = { vector: command & Icr.vector, delivery: (command & Icr.mode) >> 8, isLevel: (command & Icr.level) !== 0 };
  // INIT that is taken back: nothing since the Pentium 4.
  const isNothing = message.delivery === Delivery.init && message.isLevel && (command & Icr.assert) === 0;
  let sent = 0;
  for (let number = from; number < Math.min(peers.count, from + bits * masks.length); number++) {
    const mask = masks[Math.floor((number - from) / bits)] ?? 0n;
    if (((mask >> BigInt((number - from) % bits)) & 1n) === 0n) continue;
    if (!isNothing) peers.send(number, message);
    sent++;
  }
  return sent;
};
