/** Events in queues, one for each priority, which the guest has in memory of its own: xen/include/public/event_channel.h, EVTCHNOP_init_control. */
import { Device, type Gpa, list, maybe, type StateOf, some, u16, u48 } from '../../../machine/index.ts';
import type { GuestPages } from '../guest-pages.ts';
import { pageBytes } from '../numbers.ts';
import type { SharedInfo } from '../shared-info.ts';

export const queues = 16;
/** Of a word in the array: the last 17 bits are the port behind it in its queue. */
const Word = { pending: 0x8000_0000, masked: 0x4000_0000, linked: 0x2000_0000, link: 0x1_ffff } as const;
export const linkBits = 17;
/** The control block: which queues are not empty, and where each begins. */
const Control = { ready: 0, heads: 8, bytes: 8 + 4 * queues } as const;
const wordsInPage = pageBytes / 4;
/** As many pages as all channels have words in. */
const mostPages = 1;

const schema = {
  control: maybe(u48),
  pages: some(mostPages, u48),
  /** The last port of each queue; 0: none yet. */
  tails: list(queues, u16),
};

export class Fifo extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = this.fresh();
  readonly #pages: GuestPages;
  readonly #shared: SharedInfo;

  constructor(pages: GuestPages, shared: SharedInfo) {
    super();
    this.#pages = pages;
    this.#shared = shared;
  }

  protected fresh(): StateOf<typeof schema> {
    return { control: undefined, pages: [], tails: new Array<number>(queues).fill(0) };
  }

  /** Whether the guest has chosen them. */
  get isUsed(): boolean {
    return this.state.control !== undefined;
  }

  /** False where it has one already, or it isn't within its page. */
  begin(page: Gpa, offset: number): boolean {
    if (this.isUsed || offset % 8 !== 0 || offset > pageBytes - Control.bytes) return false;
    this.state.control = page + offset;
    return true;
  }

  /** One more page of words. False where there are as many as there may be. */
  expand(page: Gpa): boolean {
    if (!this.isUsed || this.state.pages.length >= mostPages) return false;
    this.state.pages.push(page);
    return true;
  }

  raise(port: number, priority: number): void {
    const at = this.#wordOf(port);
    if (at === undefined) return;
    const word = (this.#pages.u32(at) | Word.pending) >>> 0;
    this.#pages.setU32(at, word);
    if ((word & (Word.masked | Word.linked)) === 0) this.#link(port, at, word, priority);
  }

  unmask(port: number, priority: number): void {
    const at = this.#wordOf(port);
    if (at === undefined) return;
    const word = (this.#pages.u32(at) & ~Word.masked) >>> 0;
    this.#pages.setU32(at, word);
    if ((word & Word.pending) !== 0 && (word & Word.linked) === 0) this.#link(port, at, word, priority);
  }

  clear(port: number): void {
    const at = this.#wordOf(port);
    if (at !== undefined) this.#pages.setU32(at, (this.#pages.u32(at) & ~Word.pending) >>> 0);
  }

  isRaised(port: number): boolean {
    const at = this.#wordOf(port);
    return at !== undefined && (this.#pages.u32(at) & Word.pending) !== 0;
  }

  /** Behind the last one of its queue, if the guest has not taken that out; else it is the first. */
  #link(port: number, at: number, word: number, priority: number): void {
    const { state } = this;
    this.#pages.setU32(at, ((word & ~Word.link) | Word.linked) >>> 0);
    const tail = state.tails[priority] ?? 0;
    const tailAt = tail === 0 || tail === port ? undefined : this.#wordOf(tail);
    const last = tailAt === undefined ? 0 : this.#pages.u32(tailAt);
    state.tails[priority] = port;
    const control = state.control ?? 0;
    if (tailAt !== undefined && (last & Word.linked) !== 0) this.#pages.setU32(tailAt, ((last & ~Word.link) | port) >>> 0);
    else this.#pages.setU32(control + Control.heads + 4 * priority, port);
    const ready = this.#pages.u32(control + Control.ready);
    this.#pages.setU32(control + Control.ready, (ready | (1 << priority)) >>> 0);
    this.#shared.mark();
  }

  /** Undefined where the guest has no word for it. */
  #wordOf(port: number): number | undefined {
    const page = this.state.pages[Math.floor(port / wordsInPage)];
    return page === undefined ? undefined : page + 4 * (port % wordsInPage);
  }
}
