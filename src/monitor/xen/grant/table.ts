/** The grant table, version 1, by which a guest lends pages to its back ends: xen/include/public/grant_table.h. It lies in the guest's own memory. */
import { Device, type Gpa, gpa, type StateOf, some, u48 } from '../../../machine/index.ts';
import type { GuestPages } from '../guest-pages.ts';
import { Domain, pageBytes } from '../numbers.ts';

/** As many as Xen gives a guest. */
export const mostFrames = 64;
const entryBytes = 8;
const perFrame = pageBytes / entryBytes;
const Entry = { flags: 0, domain: 2, frame: 4 } as const;
/** GTF_*. */
const Flag = { permit: 0x1, type: 0x3, readOnly: 0x4, reading: 0x8, writing: 0x10 } as const;

/** Where each frame lies in the guest; 0: nowhere yet. */
const schema = { frames: some(mostFrames, u48) };

export class GrantTable extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = this.fresh();
  readonly #pages: GuestPages;

  constructor(pages: GuestPages) {
    super();
    this.#pages = pages;
  }

  protected fresh(): StateOf<typeof schema> {
    return { frames: [0] };
  }

  get count(): number {
    return this.state.frames.length;
  }

  /** There are so many frames from now on, at least. False where there can't be. */
  grow(count: number): boolean {
    if (count > mostFrames) return false;
    while (this.state.frames.length < count) this.state.frames.push(0);
    return true;
  }

  /** A frame comes to lie there. False where there can't be such a frame. */
  place(index: bigint, page: Gpa): boolean {
    if (index >= mostFrames || page === 0 || !this.grow(Number(index) + 1)) return false;
    const before = this.state.frames[Number(index)] ?? 0;
    this.#pages.write(page, before === 0 ? new Uint8Array(pageBytes) : this.#pages.copy(before, pageBytes));
    this.state.frames[Number(index)] = page;
    return true;
  }

  /** What lies there lies nowhere any more. */
  remove(page: Gpa): void {
    const index = this.state.frames.indexOf(page);
    if (index >= 0) this.state.frames[index] = 0;
  }

  /** The page that was lent under this number; undefined where none is, or not for that. */
  pageOf(reference: number, access: 'read' | 'write'): Gpa | undefined {
    const at = this.#entryOf(reference);
    if (at === undefined) return undefined;
    const word = this.#pages.u32(at);
    if ((word & Flag.type) !== Flag.permit || (access === 'write' && (word & Flag.readOnly) !== 0)) return undefined;
    if (word >>> (8 * Entry.domain) !== Domain.back) return undefined;
    return this.#pages.frameAt(this.#pages.u32(at + Entry.frame));
  }

  /** The same for as long as it is held: the guest sees that it can't take it back meanwhile. */
  hold(reference: number): Gpa | undefined {
    const page = this.pageOf(reference, 'write');
    if (page !== undefined) this.#mark(reference, (flags) => flags | Flag.reading | Flag.writing);
    return page;
  }

  /** What was held is the guest's again. */
  release(reference: number): void {
    this.#mark(reference, (flags) => flags & ~(Flag.reading | Flag.writing));
  }

  #mark(reference: number, change: (flags: number) => number): void {
    const at = this.#entryOf(reference);
    if (at !== undefined) this.#pages.setU16(at + Entry.flags, change(this.#pages.u16(at + Entry.flags)));
  }

  #entryOf(reference: number): Gpa | undefined {
    const frame = this.state.frames[Math.floor(reference / perFrame)];
    return frame === undefined || frame === 0 ? undefined : gpa(frame + (reference % perFrame) * entryBytes);
  }
}
