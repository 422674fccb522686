/** Segment registers: SDM Vol. 3A, 3.4. */
import { Eflags, Segment, SegmentPart, Shadow, State, segmentPlace } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import { described, has, isFlat, privilegeOf } from './control/described.ts';
import { isFlatCode, type Loaded, setLoaded, usually } from './control/segments.ts';
import { type Op, op } from './op.ts';
import { areReal, baseOf } from './real-mode.ts';
import type { X } from './vocabulary.ts';

/** What a selector leads to is loaded before anything else changes. Code may mean something else afterwards. Behind a load of SS by itself no interrupt comes: SDM Vol. 3A, 7.8.3. */
const load = (x: X, place: Val, selector: Val, isHolding: boolean): void => {
  const { isUsual, isReal, loaded } = loadable(x, place, selector);
  const quick = (): void => {
    setLoaded(x, place, loaded);
    if (!isHolding || isReal.known !== undefined) return;
    const shadow = x.state(State.shadow, 32);
    x.setState(
      State.shadow,
      x.or(shadow, x.select(x.eq(place, x.known(32, segmentPlace(Segment.ss))), x.known(32, Shadow.stack), x.known(32, 0))),
    );
  };
  x.heed(usually(x, isUsual, quick, () => ask(x, place, selector, isHolding)));
};

const ask = (x: X, place: Val, selector: Val, isHolding: boolean): void => {
  x.service('loadSegment', x.zext(place, 64), x.zext(selector, 64), x.known(64, isHolding ? 1 : 0));
};

/** Rights that must be as they are here: present and used data; in ES and DS such as may be written and ends at its limit. SDM Vol. 3A, figure 3-8. */
const usual = { data: { mask: 0x99, rights: 0x91 }, flat: { mask: 0x9f, rights: 0x93 } } as const;

/**
 * Whether it is data as systems have it, with the global table at hand: in ES and DS what begins at 0 and ends nowhere, as before, so that code means the same; in FS and GS also nothing. SDM Vol. 2B, MOV.
 * Or any in real-address and virtual-8086 mode, where it begins at sixteen times its selector, and limit and rights stay: SDM Vol. 3B, 22.1.1.
 */
const loadable = (x: X, place: Val, selector: Val): { readonly isUsual: Val; readonly isReal: Val; readonly loaded: Loaded } => {
  const is = (segment: Segment): Val => x.eq(place, x.known(32, segmentPlace(segment)));
  const [cpl, flags] = [x.state(State.cpl, 32), x.state(State.flags, 32)];
  const data = described(x, selector);
  const { loaded } = data;
  const level = privilegeOf(x, loaded.rights);
  const isReached = x.not(x.or(x.ltu(level, cpl), x.ltu(level, x.and(loaded.selector, x.known(32, 3)))));
  const isFlatLoad = [x.or(is(Segment.es), is(Segment.ds)), isFlatCode(x), isReached, has(x, data, usual.flat), isFlat(x, data)];
  const isNone = x.eqz(x.and(loaded.selector, x.known(32, 0xfffc)));
  const isProtected = x.and(x.bit(x.state(State.cr0, 32), 0), x.eqz(x.and(flags, x.known(32, Eflags.vm))));
  const isFreeLoad = [x.or(is(Segment.fs), is(Segment.gs)), isProtected, x.or(isNone, x.and(isReached, has(x, data, usual.data)))];
  const isReal = areReal(x);
  const all = (claims: readonly Val[]): Val => claims.reduce((sofar, claim) => x.and(sofar, claim));
  const stays = x.location(x.add(place, x.known(32, SegmentPart.limit)), 64).get();
  const or = (real: Val, value: Val): Val => x.select(isReal, real, x.select(isNone, x.known(value.w, 0), value));
  const { selector: number, base, limit, rights } = loaded;
  return {
    isUsual: x.or(x.or(all(isFlatLoad), all(isFreeLoad)), isReal),
    isReal,
    loaded: {
      selector: number,
      base: or(baseOf(x, number), base),
      limit: or(x.truncate(stays, 32), limit),
      rights: or(x.slice(stays, 32, 32), rights),
    },
  };
};

export const mov = op({
  name: 'mov',
  sdm: 'Vol. 2B, MOV',
  rows: ['8C /r | Mw, Sw', '8C /r | Rv, Sw'],
  run: (x, destination, source) => destination.set(x.zext(source.get(), destination.w)),
});

/** Never CS: code goes elsewhere by far transfers. */
export const movToSegment = op({
  name: 'mov',
  sdm: 'Vol. 2B, MOV',
  rows: ['8E /r | Sw, Ew'],
  run(x, destination, source) {
    const place = destination.address();
    x.require(x.ne(place, x.known(32, segmentPlace(Segment.cs))), 'ud');
    load(x, place, source.get(), true);
  },
});

/** In 32 bits the upper half of the slot is zeros here; processors differ in whether they write it at all. */
export const push = op({
  name: 'push',
  sdm: 'Vol. 2B, PUSH',
  rows: ['06 | ES | i64 v', '0E | CS | i64 v', '16 | SS | i64 v', '1E | DS | i64 v', '0F A0 | FS | d64', '0F A8 | GS | d64'],
  run: (x, source) => x.push(x.zext(source.get(), x.size)),
});

export const pop = op({
  name: 'pop',
  sdm: 'Vol. 2B, POP',
  rows: ['07 | ES | i64 v', '17 | SS | i64 v', '1F | DS | i64 v', '0F A1 | FS | d64', '0F A9 | GS | d64'],
  run(x, destination) {
    const selector = x.truncate(x.peek(x.size), 16);
    load(x, destination.address(), selector, true);
    x.drop(x.size / 8);
  },
});

/** The offset first, the selector behind it. */
const loadPointer = (name: string, segment: Segment, rows: readonly string[]): Op =>
  op({
    ...{ name, rows },
    sdm: 'Vol. 2A, LDS/LES/LFS/LGS/LSS',
    run(x, destination, pointer) {
      const at = pointer.address();
      const offset = x.read('named', at, x.size);
      const selector = x.read('named', x.add(at, x.known(at.w, x.size / 8)), 16);
      load(x, x.known(32, segmentPlace(segment)), selector, false);
      destination.set(offset);
    },
  });

export const les = loadPointer('les', Segment.es, ['C4 /r | Gv, Mp | i64']);
export const lds = loadPointer('lds', Segment.ds, ['C5 /r | Gv, Mp | i64']);
export const lss = loadPointer('lss', Segment.ss, ['0F B2 /r | Gv, Mp']);
export const lfs = loadPointer('lfs', Segment.fs, ['0F B4 /r | Gv, Mp']);
export const lgs = loadPointer('lgs', Segment.gs, ['0F B5 /r | Gv, Mp']);

export const segment: readonly Op[] = [mov, movToSegment, push, pop, les, lds, lss, lfs, lgs];
