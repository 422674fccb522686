/** A network card's end of Xen's: xen/include/public/io/netif.h. Sums, and cutting TCP into segments, are done here; on the cable each frame is as on any. */
import { type Cable, flag, part, type StateOf } from '../../../machine/index.ts';
import { End } from '../event/channels.ts';
import { BackEnd, type BackWires, backSchema } from './back-end.ts';
import { type Cutter, headerBytes, type Joiner, mostFrameBytes, type Waiting } from './packet.ts';
import { Receiving } from './receiving.ts';
import { noRing, Ring, ringSchema } from './ring.ts';
import { mostSlots, Sending } from './sending.ts';

const ring = ringSchema(1);
/** What the guest's end takes: sums that were looked at or left out, and more than one segment of either version. */
const takes = { sums: flag, four: flag, six: flag, pieces: flag };
const own = { sent: part(ring), received: part(ring), takes: part(takes) };
const schema = { ...backSchema, ...own };

export interface NetworkWires extends BackWires {
  readonly cable: Cable;
  /** Six bytes. */
  readonly mac: Uint8Array;
  /** From 0 on. */
  readonly index: number;
  readonly cutter: (send: (frame: Uint8Array) => void) => Cutter;
  readonly joiner: Joiner;
}

export class NetworkBack extends BackEnd<typeof own> {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = this.fresh();
  readonly #cable: Cable;
  readonly #mac: Uint8Array;
  readonly #index: number;
  readonly #joiner: Joiner;
  readonly #sent: Ring;
  readonly #received: Ring;
  readonly #sending: Sending;
  readonly #receiving: Receiving;

  constructor({ cable, mac, index, cutter, joiner, ...wires }: NetworkWires) {
    super(wires, { kind: 'vif', number: index, end: End.cards + index });
    this.#cable = cable;
    this.#mac = mac;
    this.#index = index;
    this.#joiner = joiner;
    const { pages, grants } = wires;
    this.#sent = new Ring({ pages, grants, state: () => this.state.sent });
    this.#received = new Ring({ pages, grants, state: () => this.state.received });
    this.#sending = new Sending({ pages, grants, ring: this.#sent, cutter: cutter((frame) => this.#cable.transmit(frame)) });
    this.#receiving = new Receiving({ pages, grants, ring: this.#received });
  }

  protected fresh(): StateOf<typeof schema> {
    return {
      phase: 'waiting',
      port: 0,
      sent: noRing(),
      received: noRing(),
      takes: { sums: false, four: false, six: false, pieces: false },
    };
  }

  protected get beside(): Readonly<Record<string, string>> {
    return { handle: String(this.#index), mac: macText(this.#mac) };
  }

  protected get offered(): Readonly<Record<string, string>> {
    return {
      ...{ handle: String(this.#index), mac: macText(this.#mac), 'feature-rx-copy': '1', 'feature-rx-flip': '0' },
      ...{ 'feature-sg': '1', 'feature-gso-tcpv4': '1', 'feature-gso-tcpv6': '1', 'feature-ipv6-csum-offload': '1' },
    };
  }

  protected get agreed(): Readonly<Record<string, string>> {
    return {};
  }

  protected connect(): string | undefined {
    if (this.number('request-rx-copy') !== 1) return 'it wants pages in place of copies';
    const [sent, received] = [this.number('tx-ring-ref'), this.number('rx-ring-ref')];
    if (sent === undefined || received === undefined) return 'its rings have no pages';
    if (!this.#sent.open([sent])) return 'its rings aren’t lent';
    if (!this.#received.open([received])) {
      this.#sent.close();
      return 'its rings aren’t lent';
    }
    const has = (name: string): boolean => this.number(name) === 1;
    const pieces = has('feature-sg');
    const sums = !has('feature-no-csum-offload');
    const segments = pieces && sums;
    this.state.takes = { pieces, sums, four: segments && has('feature-gso-tcpv4'), six: segments && has('feature-gso-tcpv6') };
    return undefined;
  }

  protected disconnect(): void {
    this.#sent.close();
    this.#received.close();
  }

  serve(): void {
    if (!this.isConnected) return;
    const why = this.#sending.serve();
    if (why !== undefined) {
      this.fail(why);
      return;
    }
    this.#cable.settle?.();
    if (this.#sent.push()) this.raise();
  }

  /** As a network card takes frames: of those from the first on that it takes together, it says how many; 0: there is no room now. */
  receive(frames: Waiting): number {
    const first = frames.at(0);
    if (first === undefined || !this.isConnected) return 0;
    if (first.length > mostFrameBytes || (!this.state.takes.pieces && first.length > this.#receiving.pageBytes)) return 1;
    const { waiting } = this.#receiving;
    if (waiting === undefined) {
      this.fail('its ring has indices that can’t be');
      return 0;
    }
    // As much as there is room for: a whole packet, or else its first frame alone.
    if (waiting >= mostSlots) return this.#put(this.#joiner.merge(frames, this.state.takes));
    const count = this.#joiner.merge({ at: (index) => (index === 0 ? first : undefined) }, this.state.takes);
    return this.#receiving.slots(this.#joiner.packet.length - headerBytes) <= waiting ? this.#put(count) : 0;
  }

  /** Whether something is at the other end of the cable: a guest of Xen's isn't told. */
  link(_isUp: boolean): void {}

  #put(count: number): number {
    this.#receiving.put(this.#joiner.packet);
    this.#received.await();
    if (this.#received.push()) this.raise();
    return count;
  }
}

const macText = (mac: Uint8Array): string => [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
