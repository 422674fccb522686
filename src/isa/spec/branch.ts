/** Branches within the code segment. In 64-bit mode they are of 64 bits whatever prefixes say, as Intel has it; AMD's processors heed 66 there. */
import type { Val } from '../stage/index.ts';
import { conditionName } from './condition.ts';
import { type Op, type Operand, op } from './op.ts';
import type { X } from './vocabulary.ts';

export const jmp = op({
  name: 'jmp',
  sdm: 'Vol. 2A, JMP',
  rows: ['E9 cz | Jz | f64', 'EB cb | Jb | f64'],
  run: (x) => x.branch(),
});

export const jmpIndirect = op({
  name: 'jmp',
  sdm: 'Vol. 2A, JMP',
  rows: ['FF /4 | Ev | f64'],
  run: (x, target) => x.jump(target.get()),
});

export const jcc = op({
  name: (_form, _size, condition) => `j${conditionName(condition)}`,
  sdm: 'Vol. 2A, Jcc',
  rows: ['70+cc cb | Jb | f64', '0F 80+cc cz | Jz | f64'],
  run: (x) => x.branch(x.holds(x.condition)),
});

/** A stack that can't be written is found before a target where no code can be, and nothing is written there. */
export const call = op({
  name: 'call',
  sdm: 'Vol. 2A, CALL',
  rows: ['E8 cz | Jz | f64'],
  run: (x) => x.pushWhere(x.truncate(x.next, x.size), () => x.branch()),
});

export const callIndirect = op({
  name: 'call',
  sdm: 'Vol. 2A, CALL',
  rows: ['FF /2 | Ev | f64'],
  run(x, target) {
    const where = target.get();
    x.pushWhere(x.truncate(x.next, x.size), () => x.jump(where));
  },
});

export const ret = op({
  name: 'ret',
  sdm: 'Vol. 2B, RET',
  rows: ['C2 iw | Iw | f64', 'C3 | | f64'],
  run(x, above?: Operand) {
    x.jump(x.peek(x.size));
    const bytes = x.known(32, x.size / 8);
    x.drop(above === undefined ? bytes : x.add(bytes, x.zext(above.get(), 32)));
  },
});

/** Counts down without touching flags; how wide the counter is, the address size says. */
const looping = (name: string, row: string, claim: (x: X) => Val): Op =>
  op({
    ...{ name, sdm: 'Vol. 2A, LOOP/LOOPcc', rows: [row] },
    run(x) {
      const counter = x.register('cx', x.addressSize);
      const count = x.sub(counter.get(), x.known(counter.w, 1));
      x.branch(x.and(x.nez(count), claim(x)));
      counter.set(count);
    },
  });

export const loopne = looping('loopne', 'E0 cb | Jb | f64 a', (x) => x.not(x.flag('z')));
export const loope = looping('loope', 'E1 cb | Jb | f64 a', (x) => x.flag('z'));
export const loop = looping('loop', 'E2 cb | Jb | f64 a', (x) => x.known(1, 1));

export const jcxz = op({
  name: (_form, _size, _condition, address) => ({ 16: 'jcxz', 32: 'jecxz' })[address] ?? 'jrcxz',
  sdm: 'Vol. 2A, Jcc',
  rows: ['E3 cb | Jb | f64 a'],
  run: (x) => x.branch(x.eqz(x.register('cx', x.addressSize).get())),
});

export const branch: readonly Op[] = [jmp, jmpIndirect, jcc, call, callIndirect, ret, loopne, loope, loop, jcxz];
