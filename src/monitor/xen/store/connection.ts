/** The guest's connection to the store: a ring of bytes for requests and one for replies, in a page: xen/include/public/io/xs_wire.h, struct xenstore_domain_interface. */
import { Device, flag, type Gpa, type Reset, type StateOf } from '../../../machine/index.ts';
import { ByteRing } from '../byte-ring.ts';
import type { GuestPages } from '../guest-pages.ts';
import { pageBytes } from '../numbers.ts';
import { bytesOf, text, textOf } from './fields.ts';
import { headerBytes, payloadBytes, replyTo, Type } from './requests.ts';
import { emptyStore, Store, storeSchema } from './store.ts';
import type { Nodes } from './tree.ts';

const Page = {
  requests: 0,
  replies: 1024,
  ringBytes: 1024,
  taken: 2048,
  given: 2052,
  repliesTaken: 2056,
  repliesGiven: 2060,
  error: 2072,
} as const;
/** XENSTORE_ERROR_COMM, and XENSTORE_ERROR_RINGIDX. */
const Trouble = { communication: 1, ring: 2 } as const;
/** No request is taken while so much waits to be read; and more than this never does. */
const [patientBytes, mostBytes] = [payloadBytes, 2 ** 22];

const schema = {
  ...storeSchema,
  /** Of a request that isn't whole yet. */
  begun: text(headerBytes + payloadBytes),
  waiting: text(mostBytes),
  /** The guest has broken the ring. */
  isBroken: flag,
};

export interface ConnectionWires {
  readonly pages: GuestPages;
  /** The page of the rings. */
  readonly page: Gpa;
  /** What is in the store when a guest begins. */
  readonly first: () => Nodes;
  /** Raises the guest's event. */
  readonly notify: () => void;
  /** Told once where a guest does what it can't. */
  readonly complain: (words: string) => void;
}

export class StoreConnection extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema>;
  readonly store: Store;
  readonly #wires: ConnectionWires;
  readonly #requests: ByteRing;
  readonly #replies: ByteRing;
  #isAtWork = false;

  constructor(wires: ConnectionWires) {
    super();
    this.#wires = wires;
    const { pages, page } = wires;
    this.#requests = new ByteRing(pages, {
      ...{ bytes: page + Page.requests, size: Page.ringBytes, consumed: page + Page.taken, produced: page + Page.given },
    });
    this.#replies = new ByteRing(pages, {
      ...{ bytes: page + Page.replies, size: Page.ringBytes, consumed: page + Page.repliesTaken, produced: page + Page.repliesGiven },
    });
    this.state = this.fresh();
    this.store = new Store(
      () => this.state,
      (path, token) => this.#tell(`${path}\0${token}\0`),
    );
  }

  protected fresh(): StateOf<typeof schema> {
    return { ...emptyStore(this.#wires.first()), begun: '', waiting: '', isBroken: false };
  }

  override reset(kind: Reset): void {
    this.#wires.pages.write(this.#wires.page, new Uint8Array(pageBytes));
    super.reset(kind);
  }

  /** The guest has written requests, or read replies. */
  serve(): void {
    // An end of Xen's that is told of a change writes, too.
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    let isMoved = this.#give();
    while (this.state.waiting.length < patientBytes && this.#takeOne()) isMoved = this.#give() || isMoved;
    this.#isAtWork = false;
    if (isMoved) this.#wires.notify();
  }

  /** A request, once all of it is there. */
  #takeOne(): boolean {
    const { state } = this;
    if (state.isBroken) return false;
    if (this.#requests.filled === undefined) return this.#break(Trouble.ring, 'indices that can’t be');
    const wanted = state.begun.length < headerBytes ? headerBytes : headerBytes + this.#header.getUint32(12, true);
    const more = this.#requests.take(Math.max(0, wanted - state.begun.length));
    state.begun += textOf(more);
    if (state.begun.length < headerBytes) return false;
    const header = this.#header;
    const bytes = header.getUint32(12, true);
    if (bytes > payloadBytes) return this.#break(Trouble.communication, `a request of ${bytes} bytes`);
    if (state.begun.length < headerBytes + bytes) return more.length > 0;
    const [type, id, transaction] = [header.getUint32(0, true), header.getUint32(4, true), header.getUint32(8, true)];
    const payload = bytesOf(state.begun.slice(headerBytes, headerBytes + bytes));
    state.begun = '';
    const reply = replyTo(this.store, { type, transaction, payload });
    this.#put(reply.type, id, transaction, reply.payload);
    if (reply.event !== undefined) this.#put(Type.event, 0, 0, reply.event);
    return true;
  }

  get #header(): DataView {
    return new DataView(bytesOf(this.state.begun.slice(0, headerBytes).padEnd(headerBytes, '\0')).buffer);
  }

  /** An event; one that waits already isn't told twice. */
  #tell(payload: string): void {
    const message = messageOf(Type.event, 0, 0, payload);
    if (!this.state.waiting.includes(message)) this.#append(message);
    if (!this.#isAtWork && this.#give()) this.#wires.notify();
  }

  #put(type: number, id: number, transaction: number, payload: string): void {
    this.#append(messageOf(type, id, transaction, payload));
  }

  #append(message: string): void {
    if (this.state.isBroken) return;
    if (this.state.waiting.length + message.length > mostBytes) this.#break(Trouble.communication, 'more replies than anybody reads');
    else this.state.waiting += message;
  }

  #give(): boolean {
    const { state } = this;
    if (state.isBroken || state.waiting === '') return false;
    if (this.#replies.filled === undefined) return this.#break(Trouble.ring, 'indices that can’t be');
    const given = this.#replies.give(bytesOf(state.waiting.slice(0, Page.ringBytes)));
    state.waiting = state.waiting.slice(given);
    return given > 0;
  }

  #break(trouble: number, what: string): false {
    const { state } = this;
    state.isBroken = true;
    state.waiting = '';
    this.#wires.pages.setU32(this.#wires.page + Page.error, trouble);
    this.#wires.complain(`the store takes no more requests: ${what}`);
    return false;
  }
}

const messageOf = (type: number, id: number, transaction: number, payload: string): string => {
  const header = new DataView(new ArrayBuffer(headerBytes));
  for (const [index, word] of [type, id, transaction, payload.length].entries()) header.setUint32(4 * index, word, true);
  return textOf(new Uint8Array(header.buffer)) + payload;
};
