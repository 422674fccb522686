/** Strings: bytes, words, doublewords and quadwords at rSI and rDI, which move on by DF. Only the source's segment can be another one. */
import { Eflags, State } from '../runtime/state.ts';
import { difference } from './carries.ts';
import { type Op, type Operand, op } from './op.ts';
import type { X } from './vocabulary.ts';

/** To the next element, which is the one before where DF is set. */
export const advance = (x: X, name: 'si' | 'di', { w }: Operand): void => {
  const pointer = x.register(name, x.addressSize);
  const isDown = x.nez(x.and(x.state(State.flags, 32), x.known(32, Eflags.df)));
  pointer.set(x.add(pointer.get(), x.select(isDown, x.known(pointer.w, -w / 8), x.known(pointer.w, w / 8))));
};

export const movs = op({
  ...{ name: 'movs', sdm: 'Vol. 2B, MOVS/MOVSB/MOVSW/MOVSD/MOVSQ', rows: ['A4 | Yb, Xb | rep', 'A5 | Yv, Xv | rep'] },
  run(x, destination, source) {
    x.repeated(() => {
      destination.set(source.get());
      advance(x, 'si', source);
      advance(x, 'di', destination);
    });
  },
});

/** Which operand is read first nobody says: of two faults, AMD's processors raise the second's, but some of them of bytes with REPE the first's. */
export const cmps = op({
  ...{ name: 'cmps', sdm: 'Vol. 2A, CMPS/CMPSB/CMPSW/CMPSD/CMPSQ', rows: ['A6 | Xb, Yb | repe', 'A7 | Xv, Yv | repe'] },
  run(x, left, right) {
    x.repeated(() => {
      const early = x.repetition === 'repe' && left.w === 8 ? left.get() : undefined;
      const b = right.get();
      const a = early ?? left.get();
      x.flags(difference(x, a, b, x.sub(a, b)));
      advance(x, 'si', left);
      advance(x, 'di', right);
    });
  },
});

export const stos = op({
  ...{ name: 'stos', sdm: 'Vol. 2B, STOS/STOSB/STOSW/STOSD/STOSQ', rows: ['AA | Yb, AL | rep', 'AB | Yv, rAX | rep'] },
  run(x, destination, source) {
    x.repeated(() => {
      destination.set(source.get());
      advance(x, 'di', destination);
    });
  },
});

export const lods = op({
  ...{ name: 'lods', sdm: 'Vol. 2A, LODS/LODSB/LODSW/LODSD/LODSQ', rows: ['AC | AL, Xb | rep', 'AD | rAX, Xv | rep'] },
  run(x, destination, source) {
    x.repeated(() => {
      destination.set(source.get());
      advance(x, 'si', source);
    });
  },
});

export const scas = op({
  ...{ name: 'scas', sdm: 'Vol. 2B, SCAS/SCASB/SCASW/SCASD', rows: ['AE | AL, Yb | repe', 'AF | rAX, Yv | repe'] },
  run(x, left, right) {
    x.repeated(() => {
      const [a, b] = [left.get(), right.get()];
      x.flags(difference(x, a, b, x.sub(a, b)));
      advance(x, 'di', right);
    });
  },
});

export const string: readonly Op[] = [movs, cmps, stos, lods, scas];
