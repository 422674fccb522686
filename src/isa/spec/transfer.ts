/** Transfers to other code segments, and interrupts that programs ask for: SDM Vol. 1, 6.4 and 6.5; Vol. 3A, 5.8 and chapter 6. */
import { Wish } from '../runtime/service.ts';
import type { Val } from '../stage/index.ts';
import { askFlat } from './interrupt-asked.ts';
import { returnFlat, returnUsually } from './interrupt-return.ts';
import { type Op, type Operand, op } from './op.ts';
import { callReal, interruptReal, interruptReturnReal, jumpReal, type Pointer, returnReal, type Transfer } from './real-mode.ts';
import type { X } from './vocabulary.ts';

const size = (x: X): Val => x.known(64, x.size);

/** A pointer in memory: the offset first, the selector behind it. */
const pointed = (x: X, pointer: Operand): Pointer => {
  const at = pointer.address();
  const offset = x.zext(x.read('named', at, x.size), 64);
  return { offset, selector: x.zext(x.read('named', x.add(at, x.known(at.w, x.size / 8)), 16), 64) };
};

const far = (name: string, go: (x: X, to: Pointer) => void, sdm: string, direct: string, indirect: string): readonly Op[] => [
  op({
    ...{ name, sdm },
    rows: [direct],
    run(x, pointer) {
      const whole = pointer.get();
      go(x, { selector: x.zext(x.slice(whole, x.size, 16), 64), offset: x.zext(x.slice(whole, 0, x.size), 64) });
      x.arrive();
    },
  }),
  op({
    ...{ name, sdm },
    rows: [indirect],
    run(x, pointer) {
      go(x, pointed(x, pointer));
      x.arrive();
    },
  }),
];

/** What is usual is made; what isn't is asked for, with nothing changed. */
const usually = (x: X, { isUsual, make }: Transfer, ask: () => void): void => {
  x.when(x.not(isUsual), ask);
  x.only(isUsual, make);
};

const jump = (x: X, to: Pointer): void => usually(x, jumpReal(x, to), () => x.service('jumpFar', size(x), to.selector, to.offset));

const call = (x: X, to: Pointer): void => {
  const ask = (): void => void x.service('callFar', size(x), to.selector, to.offset);
  if (x.size === 64) ask();
  else usually(x, callReal(x, to, x.size), ask);
};

const retf = op({
  name: 'retf',
  sdm: 'Vol. 2B, RET',
  rows: ['CA iw | Iw | v', 'CB | | v'],
  run(x, bytes) {
    const more = bytes === undefined ? x.known(64, 0) : x.zext(bytes.get(), 64);
    const ask = (): void => void x.service('returnFar', size(x), more);
    if (x.size === 64) ask();
    else usually(x, returnReal(x, more, x.size), ask);
    x.arrive();
  },
});

const ask = (x: X, vector: Val, wish: number): void => {
  x.service('interrupt', vector, x.known(64, wish));
  x.arrive();
};

const page = 'Vol. 2A, INT n/INTO/INT3/INT1';
const int1 = op({ name: 'int1', sdm: page, rows: ['F1'], run: (x) => ask(x, x.known(64, 1), Wish.int1) });
const int3 = op({ name: 'int3', sdm: page, rows: ['CC'], run: (x) => ask(x, x.known(64, 3), Wish.int3) });

const int = op({
  ...{ name: 'int', sdm: page, rows: ['CD ib | Ib'] },
  run(x, number) {
    const vector = x.zext(number.get(), 64);
    const { isUsual, make } = interruptReal(x, vector);
    if (x.isLong) ask(x, vector, Wish.int);
    else {
      askFlat(x, vector, () => x.when(x.not(isUsual), () => x.service('interrupt', vector, x.known(64, Wish.int))));
      x.only(isUsual, make);
      x.arrive();
    }
  },
});

const into = op({
  name: 'into',
  sdm: page,
  rows: ['CE | | i64'],
  run(x) {
    const isOverflow = x.flag('o');
    x.when(isOverflow, () => x.service('interrupt', x.known(64, 4), x.known(64, Wish.int3)));
    x.arrive(isOverflow);
  },
});

const iret = op({
  name: (_form, bits) => ({ 16: 'iret', 32: 'iretd', 64: 'iretq' })[bits] ?? 'iret',
  sdm: 'Vol. 2A, IRET/IRETD/IRETQ',
  rows: ['CF | | v'],
  run(x) {
    const ask = (): Val => x.service('interruptReturn', size(x));
    if (x.size === 64) returnUsually(x, ask);
    else if (x.size === 32 && !x.isLong) returnFlat(x, ask);
    else usually(x, interruptReturnReal(x), ask);
    x.arrive();
  },
});

/** Bounds are signed; those of an array whose index is within go on. */
const bound = op({
  name: 'bound',
  sdm: 'Vol. 2A, BOUND',
  rows: ['62 /r | Gv, Ma | i64'],
  run(x, index, bounds) {
    const at = bounds.address();
    const [lower, upper] = [x.read('named', at, x.size), x.read('named', x.add(at, x.known(at.w, x.size / 8)), x.size)];
    const value = index.get();
    x.require(x.not(x.or(x.lts(value, lower), x.lts(upper, value))), 'br');
  },
});

export const transfer: readonly Op[] = [
  ...far('jmp', jump, 'Vol. 2A, JMP', 'EA cp | Ap | i64', 'FF /5 | Mp'),
  ...far('call', call, 'Vol. 2A, CALL', '9A cp | Ap | i64', 'FF /3 | Mp'),
  ...[retf, int1, int3, int, into, iret, bound],
];
