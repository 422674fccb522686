/** The guest's console: a ring of bytes each way in a page, xen/include/public/io/console.h. */
import { Device, type Gpa, queue, type Reset, type StateOf } from '../../machine/index.ts';
import { ByteRing } from './byte-ring.ts';
import type { GuestPages } from './guest-pages.ts';
import { pageBytes } from './numbers.ts';

const Page = { in: 0, inBytes: 1024, out: 1024, outBytes: 2048, inTaken: 3072, inGiven: 3076, outTaken: 3080, outGiven: 3084 } as const;
/** What waits for a guest that doesn't read. */
const mostWaiting = 4096;

const schema = { waiting: queue(mostWaiting) };

/** Where what the guest writes goes. */
export interface ConsoleEnd {
  /** The bytes are the console's again when this returns. */
  transmit(bytes: Uint8Array): void;
  /** It takes no more for a while: what the guest writes waits until `release`. */
  readonly isBusy?: boolean;
}

export interface ConsoleWires {
  readonly pages: GuestPages;
  readonly page: Gpa;
  readonly line: ConsoleEnd;
  readonly notify: () => void;
}

export class ConsoleRing extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = this.fresh();
  readonly #wires: ConsoleWires;
  readonly #in: ByteRing;
  readonly #out: ByteRing;

  constructor(wires: ConsoleWires) {
    super();
    this.#wires = wires;
    const { pages, page } = wires;
    this.#in = new ByteRing(pages, {
      ...{ bytes: page + Page.in, size: Page.inBytes, consumed: page + Page.inTaken, produced: page + Page.inGiven },
    });
    this.#out = new ByteRing(pages, {
      ...{ bytes: page + Page.out, size: Page.outBytes, consumed: page + Page.outTaken, produced: page + Page.outGiven },
    });
  }

  protected fresh(): StateOf<typeof schema> {
    return { waiting: [] };
  }

  override reset(kind: Reset): void {
    this.#wires.pages.write(this.#wires.page, new Uint8Array(pageBytes));
    super.reset(kind);
  }

  /** The guest has written, or read. Indices that can't be are as if nothing were there. */
  serve(): void {
    const { line, notify } = this.#wires;
    let isMoved = false;
    if (line.isBusy !== true) {
      const bytes = this.#out.take(Page.outBytes);
      isMoved = bytes.length > 0;
      if (isMoved) line.transmit(bytes);
    }
    if (this.#give() || isMoved) notify();
  }

  /** For how many bytes there is room. */
  get room(): number {
    return mostWaiting - this.state.waiting.length;
  }

  /** Its line takes more. */
  release(): void {
    this.serve();
  }

  /** Bytes for the guest. Returns how many there is room for. */
  receive(bytes: Uint8Array): number {
    const { waiting } = this.state;
    const some = bytes.subarray(0, mostWaiting - waiting.length);
    waiting.push(...some);
    if (this.#give()) this.#wires.notify();
    return some.length;
  }

  #give(): boolean {
    const { state } = this;
    if (state.waiting.length === 0) return false;
    const given = this.#in.give(Uint8Array.from(state.waiting));
    state.waiting.splice(0, given);
    return given > 0;
  }
}
