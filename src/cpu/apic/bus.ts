/** What local APICs reach each other by. */
import type { LocalApic } from './local-apic.ts';
import { type Command, Delivery, isFor } from './message.ts';

export class ApicBus {
  readonly #members: LocalApic[] = [];

  join(apic: LocalApic): void {
    this.#members.push(apic);
  }

  /** Of those of lowest priority the one with the lowest priority of its program gets it; of several, the one that joined first. */
  send(from: LocalApic, command: Command): void {
    if (command.isDeassert) return;
    const all = this.#reached(from, command);
    const chosen =
      command.delivery === Delivery.lowest ? all.toSorted((a, b) => a.processorPriority - b.processorPriority).slice(0, 1) : all;
    for (const apic of chosen) apic.receive(command);
  }

  /** From a device or an I/O APIC: `command` as the latter's redirection table has it. */
  deliver(command: Omit<Command, 'shorthand' | 'isDeassert'>): void {
    const all = this.#members.filter((apic) => isFor(apic.address, command.destination, command.isLogical));
    const chosen =
      command.delivery === Delivery.lowest ? all.toSorted((a, b) => a.processorPriority - b.processorPriority).slice(0, 1) : all;
    for (const apic of chosen) apic.receive(command);
  }

  #reached(from: LocalApic, { shorthand, destination, isLogical }: Command): readonly LocalApic[] {
    switch (shorthand) {
      case 'self':
        return [from];
      case 'all':
        return this.#members;
      case 'others':
        return this.#members.filter((apic) => apic !== from);
      case 'none':
        return this.#members.filter((apic) => isFor(apic.address, destination, isLogical));
    }
  }
}
