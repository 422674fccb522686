/** The stack: SDM Vol. 1, chapter 6. What concerns segment registers is not here. */
import { Eflags, Segment, State } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import { changeable, image, mayBeVirtual, requireFlags, taken, virtualImage, withVirtual } from './eflags.ts';
import { type Op, op } from './op.ts';
import type { RegisterName, X } from './vocabulary.ts';

/** Of rSP the value before. */
export const push = op({
  name: 'push',
  sdm: 'Vol. 2B, PUSH',
  rows: ['50+r | Zv | d64', '68 iz | Iz | d64', '6A ib | Ibs | d64', 'FF /6 | Ev | d64'],
  run: (x, source) => x.push(source.get()),
});

/** An address with rSP counts from what it is afterwards; so does rSP itself as a destination. */
export const pop = op({
  name: 'pop',
  sdm: 'Vol. 2B, POP',
  rows: ['58+r | Zv | d64', '8F /0 | Ev | d64'],
  run(x, destination) {
    const value = x.peek(x.size);
    x.drop(x.size / 8);
    destination.set(value);
  },
});

const all: readonly RegisterName[] = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'];

export const pusha = op({
  name: (_form, size) => (size === 16 ? 'pushaw' : 'pushad'),
  sdm: 'Vol. 2B, PUSHA/PUSHAD',
  rows: ['60 | | i64 v'],
  run: (x) => x.push(...all.map((name) => x.register(name, x.size).get())),
});

/** What was pushed of rSP is read and forgotten, as the host's processor does: it may be what faults first. */
export const popa = op({
  name: (_form, size) => (size === 16 ? 'popaw' : 'popad'),
  sdm: 'Vol. 2B, POPA/POPAD',
  rows: ['61 | | i64 v'],
  run(x) {
    const bytes = x.size / 8;
    for (const [at, name] of all.toReversed().entries()) {
      const value = x.peek(x.size, at * bytes);
      if (name !== 'sp') x.register(name, x.size).set(value);
    }
    x.drop(all.length * bytes);
  },
});

const bySize = (names: Readonly<Record<number, string>>) => (_form: unknown, size: number) => names[size] ?? '';

/** RF and VM are clear in the image. */
export const pushf = op({
  name: bySize({ 16: 'pushf', 32: 'pushfd', 64: 'pushfq' }),
  sdm: 'Vol. 2B, PUSHF/PUSHFD/PUSHFQ',
  rows: ['9C | | d64'],
  run(x) {
    const isVirtual = requireFlags(x);
    x.push(x.zext(x.select(isVirtual, virtualImage(x, image(x)), image(x)), x.size));
  },
});

/** RF becomes clear; what privilege doesn't reach stays. */
export const popf = op({
  name: bySize({ 16: 'popf', 32: 'popfd', 64: 'popfq' }),
  sdm: 'Vol. 2B, POPF/POPFD/POPFQ',
  rows: ['9D | | d64'],
  run(x) {
    const isVirtual = requireFlags(x);
    const popped = x.zext(x.peek(x.size), 32);
    x.require(x.or(x.not(isVirtual), mayBeVirtual(x, popped)), 'gp');
    const mask = x.and(changeable(x), x.known(32, x.size === 16 ? 0xffff : -1));
    const kept = x.and(x.state(State.flags, 32), x.not(x.or(mask, x.known(32, Eflags.rf))));
    x.drop(x.size / 8);
    x.flags(taken(x, popped));
    const changed = x.or(kept, x.and(popped, mask));
    const trapsOrChecks = x.known(32, Eflags.tf | Eflags.ac);
    const isPlain = x.eqz(x.and(x.or(x.state(State.flags, 32), changed), trapsOrChecks));
    x.setState(State.flags, x.select(isVirtual, withVirtual(x, changed, x.bit(popped, 9)), changed));
    x.heed(isPlain);
  },
});

/** Pushes rBP, and of an inner procedure the frame pointers of those around it, which stand below the old one, and its own. All is tried before anything is written. */
export const enter = op({
  name: 'enter',
  sdm: 'Vol. 2A, ENTER',
  rows: ['C8 iw ib | Iw, Ib | d64'],
  run(x, allocation, nesting) {
    const w = x.stackSize;
    const bytes = x.size / 8;
    const below = (from: Val, count: Val): Val => x.sub(from, x.mul(count, x.known(w, bytes)));
    const [stack, base] = [x.register('sp', w).get(), x.register('bp', w).get()];
    const frame = below(stack, x.known(w, 1));
    const pointer = framePointer(x, frame);
    const level = x.zext(x.truncate(nesting.get(), 5), w);
    const [isInner, last] = [x.nez(level), below(frame, level)];
    const top = x.sub(last, x.zext(allocation.get(), w));
    x.probe(Segment.ss, frame, bytes);
    x.when(isInner, () => {
      outerFrames(x, level, (count) => {
        x.read(Segment.ss, below(base, count), x.size);
        x.probe(Segment.ss, below(frame, count), bytes);
      });
      x.probe(Segment.ss, last, bytes);
    });
    x.probe(Segment.ss, top, bytes);
    x.write(Segment.ss, frame, x.register('bp', x.size).get());
    x.when(isInner, () => {
      outerFrames(x, level, (count) => x.write(Segment.ss, below(frame, count), x.read(Segment.ss, below(base, count), x.size)));
      x.write(Segment.ss, last, pointer);
    });
    x.register('bp', x.size).set(pointer);
    x.register('sp', w).set(top);
  },
});

/** As wide as operands are: of a wider stack its lower part, also for rBP in 64-bit mode, where AMD's processors leave the rest of it alone. */
const framePointer = (x: X, frame: Val): Val => {
  if (x.size <= frame.w) return x.truncate(frame, x.size);
  const upper = x.slice(x.register('sp', x.size).get(), frame.w, x.size - frame.w);
  return x.or(x.shl(x.zext(upper, x.size), frame.w), x.zext(frame, x.size));
};

/** Visits 1 to the level, but for that itself; in this order, for they may overlap what is pushed. */
const outerFrames = (x: X, level: Val, visit: (count: Val) => void): void => {
  const counter = x.variable(x.known(level.w, 1));
  const isOuter = (): Val => x.ne(x.get(counter), level);
  x.when(isOuter(), () =>
    x.repeat(() => {
      const count = x.get(counter);
      visit(count);
      x.set(counter, x.add(count, x.known(level.w, 1)));
      return isOuter();
    }),
  );
};

export const leave = op({
  name: 'leave',
  sdm: 'Vol. 2A, LEAVE',
  rows: ['C9 | | d64'],
  run(x) {
    const frame = x.register('bp', x.stackSize).get();
    const saved = x.read(Segment.ss, frame, x.size);
    x.register('sp', x.stackSize).set(x.add(frame, x.known(frame.w, x.size / 8)));
    x.register('bp', x.size).set(saved);
  },
});

export const stack: readonly Op[] = [push, pop, pusha, popa, pushf, popf, enter, leave];
