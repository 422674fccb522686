/** Interrupts on their way to local APICs that are the kernel's: messages, as devices write them to memory. SDM Vol. 3A, 12.11. */

import type { KvmMachine, Message } from '../host/kvm/index.ts';
import type { ApicMessage } from '../machine/index.ts';

/** A message and whom it is for, as an I/O APIC's redirection table has them. */
export interface Addressed extends ApicMessage {
  readonly destination: number;
  readonly isLogical: boolean;
}

const apics = 0xfee0_0000;
const Address = { destination: 12, logical: 1 << 2 } as const;
const Data = { delivery: 8, asserted: 1 << 14, level: 1 << 15 } as const;

/** As many as an I/O APIC has. */
export const pins = 24;

export const messageOf = ({ vector, delivery, isLevel, destination, isLogical }: Addressed): Message => ({
  address: (apics | ((destination & 0xff) << Address.destination) | (isLogical ? Address.logical : 0)) >>> 0,
  data: vector | (delivery << Data.delivery) | Data.asserted | (isLevel ? Data.level : 0),
});

export class Messages {
  readonly #machine: KvmMachine;
  /** Level-triggered ones that were sent, the latest last: the kernel tells of their ends where a pin leads to them. */
  #routed: readonly Message[] = [];

  constructor(machine: KvmMachine) {
    this.#machine = machine;
  }

  deliver(addressed: Addressed): void {
    const message = messageOf(addressed);
    if (addressed.isLevel) this.#route(message);
    this.#machine.signal(message);
  }

  /** Makes sure that the end of it is told. One that was not sent for longest gives its pin away. */
  #route(message: Message): void {
    const others = this.#routed.filter(({ address, data }) => address !== message.address || data !== message.data);
    const isNew = others.length === this.#routed.length;
    this.#routed = [...others, message].slice(-pins);
    if (isNew) this.#machine.route(this.#routed);
  }

  /** The same anew, for processors whose state is another one. */
  forget(): void {
    this.#routed = [];
  }

  /** Of level-triggered interrupts that are in service or requested, in a state that is loaded. */
  expect(vectors: readonly number[]): void {
    for (const vector of vectors) this.#route(messageOf({ vector, delivery: 0, isLevel: true, destination: everybody, isLogical: false }));
  }
}

const everybody = 0xff;
