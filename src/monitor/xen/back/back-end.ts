/** One end of a device that is split in two: how it and the guest's end find each other by the store: xen/include/public/io/xenbus.h. */
import { choice, Device, type Schema, type StateOf, u16 } from '../../../machine/index.ts';
import type { Channels } from '../event/channels.ts';
import type { GrantTable } from '../grant/table.ts';
import type { GuestPages } from '../guest-pages.ts';
import { Domain } from '../numbers.ts';
import { home, type Store } from '../store/store.ts';
import type { Nodes } from '../store/tree.ts';

/** XenbusState. */
export const Phase = { initialising: '1', waiting: '2', initialised: '3', connected: '4', closing: '5', closed: '6' } as const;

export interface BackWires {
  readonly store: () => Store;
  readonly channels: Channels;
  readonly grants: GrantTable;
  readonly pages: GuestPages;
  /** Told where a guest does what it can't. */
  readonly complain: (words: string) => void;
}

export interface BackPlace {
  /** vbd or vif. */
  readonly kind: string;
  /** Its number in the guest. */
  readonly number: number;
  /** Of its end, by which events reach it. */
  readonly end: number;
}

/** `broken`: the guest has done what it can't, and has to begin anew. */
export const backSchema = { phase: choice('waiting', 'connected', 'closed', 'broken'), port: u16 };
type Common = StateOf<typeof backSchema>;

export abstract class BackEnd<S extends Schema> extends Device<S & typeof backSchema> {
  readonly front: string;
  readonly back: string;
  readonly #wires: BackWires;
  readonly #place: BackPlace;

  protected constructor(wires: BackWires, place: BackPlace) {
    super();
    this.#wires = wires;
    this.#place = place;
    this.front = `${home}/device/${place.kind}/${place.number}`;
    this.back = `/local/domain/${Domain.back}/backend/${place.kind}/${Domain.guest}/${place.number}`;
  }

  /** What it says of itself in the store, and what the guest's end finds beside it. */
  protected abstract readonly offered: Readonly<Record<string, string>>;
  protected abstract readonly beside: Readonly<Record<string, string>>;
  /** What is said once both are connected. */
  protected abstract readonly agreed: Readonly<Record<string, string>>;
  /** Takes what the guest's end has offered. Undefined, or why it can't be. */
  protected abstract connect(): string | undefined;
  /** Lets go of all that is the guest's. */
  protected abstract disconnect(): void;
  /** The guest has raised its event. */
  abstract serve(): void;

  /** Nodes of both ends, as they are before a guest begins. */
  nodes(): Nodes {
    const { front, back } = this;
    const made: Nodes = new Map();
    const put = (name: string, value: string, permissions: string[]): void => void made.set(name, { value, permissions });
    const { guest, back: own } = Domain;
    put(front, '', [`n${guest}`, `r${own}`]);
    for (const [name, value] of Object.entries({ ...this.beside, backend: back, 'backend-id': `${own}`, state: Phase.initialising }))
      put(`${front}/${name}`, value, [`n${guest}`, `r${own}`]);
    put(back, '', [`n${own}`, `r${guest}`]);
    const all = { frontend: front, 'frontend-id': `${guest}`, online: '1', ...this.offered, state: Phase.waiting };
    for (const [name, value] of Object.entries(all)) put(`${back}/${name}`, value, [`n${own}`, `r${guest}`]);
    return made;
  }

  /** Hears of the other end. */
  listen(): void {
    this.#wires.store().onChange(`${this.front}/state`, () => this.#heard());
  }

  protected get wires(): BackWires {
    return this.#wires;
  }

  protected get isConnected(): boolean {
    return this.#common.phase === 'connected';
  }

  /** A value that the guest's end has put into the store. */
  protected told(name: string): string | undefined {
    return this.#wires.store().at(`${this.front}/${name}`);
  }

  /** Undefined where it is no number of so many bits. */
  protected number(name: string, bits = 32): number | undefined {
    const word = this.told(name);
    const value = word !== undefined && /^\d{1,10}$/.test(word) ? Number(word) : undefined;
    return value !== undefined && value < 2 ** bits ? value : undefined;
  }

  protected raise(): void {
    this.#wires.channels.raise(this.#common.port);
  }

  /** The guest has broken it: it stands until the guest's end begins anew. */
  protected fail(what: string): void {
    if (!this.isConnected) return;
    this.#letGo();
    this.#common.phase = 'broken';
    this.#wires.complain(`${this.#place.kind} ${this.#place.number} stands still: ${what}`);
    this.#wires.store().write(`${this.back}/state`, Phase.closed);
  }

  /** Its common part. */
  get #common(): Common {
    // The schema has these fields whatever else it has.
    return this.state as Common;
  }

  #heard(): void {
    const common = this.#common;
    const front = this.told('state');
    const say = (phase: string): void => this.#wires.store().write(`${this.back}/state`, phase);
    if (front === Phase.initialising && common.phase !== 'waiting') {
      this.#letGo();
      common.phase = 'waiting';
      say(Phase.waiting);
    } else if ((front === Phase.initialised || front === Phase.connected) && common.phase === 'waiting') this.#begin(say);
    else if (front === Phase.closing && common.phase !== 'closed') {
      this.#letGo();
      common.phase = 'closed';
      say(Phase.closing);
    } else if (front === Phase.closed || front === undefined) {
      if (common.phase === 'closed' && this.#wires.store().at(`${this.back}/state`) === Phase.closed) return;
      this.#letGo();
      common.phase = 'closed';
      say(Phase.closed);
    }
  }

  #begin(say: (phase: string) => void): void {
    const common = this.#common;
    const port = this.number('event-channel', 16);
    const { channels, store, complain } = this.#wires;
    const why = port === undefined || !channels.link(port, this.#place.end) ? 'it has no event channel' : this.connect();
    if (why !== undefined) {
      if (port !== undefined) channels.unlink(port, this.#place.end);
      complain(`${this.#place.kind} ${this.#place.number} isn’t connected: ${why}`);
      return;
    }
    common.port = port ?? 0;
    common.phase = 'connected';
    for (const [name, value] of Object.entries(this.agreed)) store().write(`${this.back}/${name}`, value);
    say(Phase.connected);
    this.serve();
  }

  #letGo(): void {
    if (!this.isConnected) return;
    this.disconnect();
    this.#wires.channels.unlink(this.#common.port, this.#place.end);
  }
}
