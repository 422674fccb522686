/**
 * Segments: which programs have such as a process of Linux can have, and how these go there and back. In code of 64 bits selectors are all that is seen of them. In code of 32 bits instructions that tell a selector, or load
 * one, are interpreted: so it may be another one there, as long as it leads to the same bytes.
 */
import { linuxFrame } from '../abi/index.ts';
import { Efer, modeOf } from '../cpu/index.ts';
import { Segment, SegmentPart, State, segmentPlace } from '../isa/index.ts';

const { context, selectors } = linuxFrame;

/** Bits of the code that a program goes on in. */
export type Width = 64 | 32;

/** Of segments that begin at 0 and end nowhere, as Linux has them for programs: SDM Vol. 3A, 3.4.5. */
const flat = { code: 0xa0fb, code32: 0xc0fb, data: 0xc0f3, limit: 0xffff_ffff } as const;
/** Whether a program may write there: present, of privilege 3, data that is written and doesn't expand downwards. */
const [dataMask, ofData] = [0xfe, 0xf2] as const;
/** Code that is read, too, likewise. */
const [codeMask, ofCode] = [0xfa, 0xfa] as const;
const present = 0x80;

/** In the order in which a process has them. */
const data = [Segment.ds, Segment.es, Segment.fs, Segment.gs] as const;

/** Where a process has them: from its first byte on, the words of `Place.bases`. */
export interface SegmentWords {
  readonly shared: DataView;
  readonly context: number;
  /** Where FS and GS begin. */
  readonly bases: { readonly fs: number; readonly gs: number };
  /** Where the selectors of DS, ES, FS and GS are, of 2 bytes each. */
  readonly data: number;
}

const part = (state: DataView, segment: Segment, which: number): number => state.getUint32(segmentPlace(segment) + which, true);
const isLong = (state: DataView): boolean => (state.getUint32(State.efer, true) & Efer.lma) !== 0;

/** Of the program that goes on; undefined where its segments are others than a process can have. */
export const widthOf = (state: DataView): Width | undefined => {
  const { code, isFlat } = modeOf(state);
  const selector = (segment: Segment): number => part(state, segment, SegmentPart.selector) & 0xffff;
  if (code === 64) {
    if (selector(Segment.cs) !== selectors.code || selector(Segment.ss) !== selectors.stack) return undefined;
    return data.every((segment) => selector(segment) === 0) ? 64 : undefined;
  }
  const hasKind = (segment: Segment, mask: number, kind: number): boolean =>
    (part(state, segment, SegmentPart.rights) & mask) === kind && part(state, segment, SegmentPart.limit) === flat.limit;
  const isAbsent = (segment: Segment): boolean => (part(state, segment, SegmentPart.rights) & present) === 0;
  if (code !== 32 || !isFlat || !hasKind(Segment.cs, codeMask, ofCode)) return undefined;
  const areData = [Segment.ss, Segment.ds, Segment.es].every((segment) => hasKind(segment, dataMask, ofData));
  return areData && [Segment.fs, Segment.gs].every((segment) => isAbsent(segment) || hasKind(segment, dataMask, ofData)) ? 32 : undefined;
};

export class Segments {
  readonly #state: DataView;
  readonly #words: SegmentWords;
  /** What its process was given. */
  #width: Width = 64;
  readonly #given = [0, 0, 0, 0];

  constructor(state: DataView, words: SegmentWords) {
    this.#state = state;
    this.#words = words;
  }

  /** Before a program of this width runs there. */
  put(width: Width): void {
    const { shared, context: at, bases } = this.#words;
    const state = this.#state;
    this.#width = width;
    shared.setUint16(at + context.cs, width === 64 ? selectors.code : selectors.code32, true);
    shared.setUint16(at + context.ss, selectors.stack, true);
    for (const [index, segment] of data.entries()) {
      const isThere = width === 32 && (part(state, segment, SegmentPart.rights) & present) !== 0;
      this.#given[index] = isThere ? selectors.stack : 0;
      shared.setUint16(this.#words.data + 2 * index, isThere ? selectors.stack : 0, true);
    }
    shared.setBigUint64(bases.fs, this.#baseOf(Segment.fs), true);
    shared.setBigUint64(bases.gs, this.#baseOf(Segment.gs), true);
  }

  #baseOf(segment: Segment): bigint {
    return this.#state.getBigUint64(segmentPlace(segment) + SegmentPart.base, true);
  }

  /** After it has stopped: it may have gone to code of the other width, or have loaded a segment register by itself. False where no program could have what is there, and nothing has changed then. */
  take(): boolean {
    const { shared, context: at } = this.#words;
    const code = shared.getUint16(at + context.cs, true);
    if ((code !== selectors.code && code !== selectors.code32) || shared.getUint16(at + context.ss, true) !== selectors.stack) return false;
    if (code === selectors.code32 && shared.getUint32(at + context.rip + 4, true) !== 0) return false;
    const loaded = data.flatMap((segment, index) => {
      const selector = shared.getUint16(this.#words.data + 2 * index, true);
      return selector === this.#given[index] ? [] : [{ segment, selector }];
    });
    // What else there is of the host's, there is no such of the guest's.
    if (loaded.some(({ selector }) => selector !== 0 && selector !== selectors.stack)) return false;
    const isOther = code !== (this.#width === 64 ? selectors.code : selectors.code32);
    // A kernel of 32 bits has other selectors, and no code of 64.
    if (!isLong(this.#state)) return !isOther && loaded.length === 0 && this.#areBasesLeft;
    if (isOther) this.#load(Segment.cs, code, code === selectors.code ? flat.code : flat.code32);
    for (const { segment, selector } of loaded) this.#load(segment, selector, selector === 0 ? 0 : flat.data);
    for (const segment of [Segment.fs, Segment.gs] as const)
      this.#state.setBigUint64(segmentPlace(segment) + SegmentPart.base, this.#baseThere(segment), true);
    return true;
  }

  #baseThere(segment: typeof Segment.fs | typeof Segment.gs): bigint {
    const { shared, bases } = this.#words;
    return shared.getBigUint64(segment === Segment.fs ? bases.fs : bases.gs, true);
  }

  get #areBasesLeft(): boolean {
    return ([Segment.fs, Segment.gs] as const).every((segment) => this.#baseThere(segment) === this.#baseOf(segment));
  }

  #load(segment: Segment, selector: number, rights: number): void {
    const place = segmentPlace(segment);
    this.#state.setUint32(place + SegmentPart.selector, selector, true);
    this.#state.setUint32(place + SegmentPart.rights, rights, true);
    this.#state.setUint32(place + SegmentPart.limit, rights === 0 ? 0 : flat.limit, true);
    this.#state.setBigUint64(place + SegmentPart.base, 0n, true);
  }
}
