/** Transfers to other code segments, and interrupts that programs ask for: SDM Vol. 1, 6.4 and 6.5; Vol. 3A, 5.8 and chapter 6. */
import { type ServiceName, Wish } from '../runtime/service.ts';
import type { Val } from '../stage/index.ts';
import { askFlat } from './interrupt-asked.ts';
import { returnFlat, returnUsually } from './interrupt-return.ts';
import { type Op, type Operand, op } from './op.ts';
import type { X } from './vocabulary.ts';

const size = (x: X): Val => x.known(64, x.size);

/** A pointer in memory: the offset first, the selector behind it. */
const pointed = (x: X, pointer: Operand): { readonly selector: Val; readonly offset: Val } => {
  const at = pointer.address();
  const offset = x.zext(x.read('named', at, x.size), 64);
  return { offset, selector: x.zext(x.read('named', x.add(at, x.known(at.w, x.size / 8)), 16), 64) };
};

const far = (name: string, service: ServiceName, sdm: string, direct: string, indirect: string): readonly Op[] => [
  op({
    ...{ name, sdm },
    rows: [direct],
    run(x, pointer) {
      const whole = pointer.get();
      x.service(service, size(x), x.zext(x.slice(whole, x.size, 16), 64), x.zext(x.slice(whole, 0, x.size), 64));
      x.arrive();
    },
  }),
  op({
    ...{ name, sdm },
    rows: [indirect],
    run(x, pointer) {
      const { selector, offset } = pointed(x, pointer);
      x.service(service, size(x), selector, offset);
      x.arrive();
    },
  }),
];

const retf = op({
  name: 'retf',
  sdm: 'Vol. 2B, RET',
  rows: ['CA iw | Iw | v', 'CB | | v'],
  run(x, bytes) {
    x.service('returnFar', size(x), bytes === undefined ? x.known(64, 0) : x.zext(bytes.get(), 64));
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
    if (x.isLong) ask(x, vector, Wish.int);
    else {
      askFlat(x, vector, () => x.service('interrupt', vector, x.known(64, Wish.int)));
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
    else ask();
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
  ...far('jmp', 'jumpFar', 'Vol. 2A, JMP', 'EA cp | Ap | i64', 'FF /5 | Mp'),
  ...far('call', 'callFar', 'Vol. 2A, CALL', '9A cp | Ap | i64', 'FF /3 | Mp'),
  ...[retf, int1, int3, int, into, iret, bound],
];
