/** Event channels: what raises them, and who hears what the guest raises: xen/include/public/event_channel.h. */
import { below, choice, Device, part, type StateOf, some, u32 } from '../../../machine/index.ts';
import { Errno, Virq } from '../numbers.ts';
import type { SharedInfo } from '../shared-info.ts';
import type { Fifo } from './fifo.ts';

/** As many as Xen's tools give a guest. */
export const mostChannels = 1023;
/** Ports of the store and of the console, which are there from the beginning. */
export const StandingPort = { store: 1, console: 2 } as const;

const channel = {
  /** Nobody's · waits for somebody at its other end · leads to an end of Xen's · an interrupt of Xen's · one of the guest's to itself. */
  kind: choice('free', 'unbound', 'linked', 'virq', 'ipi'),
  /** Which end, or which interrupt. */
  detail: u32,
  priority: below(16),
};
type Channel = StateOf<typeof channel>;
const schema = { channels: some(mostChannels + 1, part(channel)) };
const free: Channel = { kind: 'free', detail: 0, priority: 7 };

export interface ChannelWires {
  readonly shared: SharedInfo;
  readonly fifo: Fifo;
  /** Ends of Xen's by their numbers: what is done where the guest raises an event there. */
  readonly ends: ReadonlyMap<number, () => void>;
}

/** Numbers of ends: disks and cards have one each from there on. */
export const End = { store: 1, console: 2, disks: 16, cards: 64 } as const;

export class Channels extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = this.fresh();
  readonly #wires: ChannelWires;

  constructor(wires: ChannelWires) {
    super();
    this.#wires = wires;
  }

  protected fresh(): StateOf<typeof schema> {
    const standing = [End.store, End.console].map((detail): Channel => ({ ...free, kind: 'linked', detail }));
    return { channels: [{ ...free }, ...standing] };
  }

  /** An event for the guest, at a port of its own. */
  raise(port: number): void {
    const { shared, fifo } = this.#wires;
    if (fifo.isUsed) fifo.raise(port, this.#at(port).priority);
    else if (port < shared.bits) shared.raise(port);
  }

  /** An interrupt of Xen's, where the guest has a port for it. */
  interrupt(virq: number): void {
    const port = this.#portOf('virq', virq);
    if (port !== undefined) this.raise(port);
  }

  /** An end of Xen's takes what the guest has offered. False where that is no such port. */
  link(port: number, end: number): boolean {
    const { kind } = this.#at(port);
    if (kind !== 'unbound') return false;
    this.#set(port, { ...this.#at(port), kind: 'linked', detail: end });
    return true;
  }

  /** An end of Xen's lets go of it. */
  unlink(port: number, end: number): void {
    const { kind, detail } = this.#at(port);
    if (kind === 'linked' && detail === end) this.#set(port, { ...this.#at(port), kind: 'unbound', detail: 0 });
  }

  /** Returns the port, or an error negated. */
  allocate(): number {
    return this.#take('unbound', 0);
  }

  bindVirq(virq: number): number {
    if (virq >= Virq.count) return -Errno.invalid;
    return this.#portOf('virq', virq) === undefined ? this.#take('virq', virq) : -Errno.exists;
  }

  bindIpi(): number {
    return this.#take('ipi', 0);
  }

  close(port: number): number {
    if (this.#at(port).kind === 'free') return -Errno.invalid;
    this.#set(port, { ...free });
    if (this.#wires.fifo.isUsed) this.#wires.fifo.clear(port);
    else this.#wires.shared.clear(port);
    return 0;
  }

  /** The guest raises one. */
  send(port: number): number {
    const { kind, detail } = this.#at(port);
    if (kind === 'linked') this.#wires.ends.get(detail)?.();
    else if (kind === 'ipi') this.raise(port);
    else if (kind !== 'unbound') return -Errno.invalid;
    return 0;
  }

  unmask(port: number): number {
    if (this.#at(port).kind === 'free') return -Errno.invalid;
    const { fifo, shared } = this.#wires;
    if (fifo.isUsed) fifo.unmask(port, this.#at(port).priority);
    else if (port < shared.bits) shared.unmask(port);
    return 0;
  }

  setPriority(port: number, priority: number): number {
    if (this.#at(port).kind === 'free' || priority > 15) return -Errno.invalid;
    this.#set(port, { ...this.#at(port), priority });
    return 0;
  }

  /** Whether it is bound to the one processor, as all are. */
  isBound(port: number): boolean {
    return this.#at(port).kind !== 'free';
  }

  isRaised(port: number): boolean {
    const { fifo, shared } = this.#wires;
    return fifo.isUsed ? fifo.isRaised(port) : port < shared.bits && shared.isRaised(port);
  }

  /** As EVTCHNOP_status tells it: EVTCHNSTAT_*, and the interrupt of Xen's. */
  status(port: number): { readonly status: number; readonly detail: number } {
    const { kind, detail } = this.#at(port);
    const status = { free: 0, unbound: 1, linked: 2, virq: 4, ipi: 5 }[kind];
    return { status, detail: kind === 'virq' ? detail : 0 };
  }

  /** All of the guest's are closed, and events come in two levels of bits again. */
  begin(): void {
    for (const port of this.state.channels.keys()) if (port > StandingPort.console) this.close(port);
    this.#wires.fifo.reset('bus');
  }

  #take(kind: Channel['kind'], detail: number): number {
    const { channels } = this.state;
    const most = this.#wires.fifo.isUsed ? mostChannels : Math.min(mostChannels, this.#wires.shared.bits - 1);
    const found = channels.findIndex((one, port) => port > 0 && one.kind === 'free');
    const port = found < 0 ? channels.length : found;
    if (port > most) return -Errno.noSpace;
    this.#set(port, { ...free, kind, detail });
    return port;
  }

  #portOf(kind: Channel['kind'], detail: number): number | undefined {
    const port = this.state.channels.findIndex((one) => one.kind === kind && one.detail === detail);
    return port < 0 ? undefined : port;
  }

  #at(port: number): Channel {
    return this.state.channels[port] ?? free;
  }

  #set(port: number, one: Channel): void {
    this.state.channels[port] = one;
  }
}
