/** Tables of descriptors, and what programs may ask of them: SDM Vol. 3A, 2.4 and 6.10. */
import { Inquiry, type ServiceName } from '../runtime/service.ts';
import { Eflags, SegmentPart, State } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import { type Op, op } from './op.ts';
import type { X } from './vocabulary.ts';

/** There are no selectors to descriptors in real-address and virtual-8086 mode. */
const requireProtected = (x: X): void => {
  const isProtected = x.bit(x.state(State.cr0, 32), 0);
  const isVirtual = x.nez(x.and(x.state(State.flags, 32), x.known(32, Eflags.vm)));
  x.require(x.and(isProtected, x.not(isVirtual)), 'ud');
};

const requireSupervisor = (x: X): void => x.require(x.eqz(x.state(State.cpl, 32)), 'gp');

/** UMIP keeps where tables are from users: SDM Vol. 3A, 2.5. */
const requireShown = (x: X): void => {
  const umip = 1 << 11;
  const isHidden = x.nez(x.and(x.state(State.cr4, 32), x.known(32, umip)));
  x.require(x.or(x.not(isHidden), x.eqz(x.state(State.cpl, 32))), 'gp');
};

/** The limit first, the base behind it; of 16 bits it has 24, but all of them are stored. */
const storeTable = (name: string, row: string, place: number): Op =>
  op({
    ...{ name, sdm: `Vol. 2B, ${name.toUpperCase()}`, rows: [row] },
    run(x, memory) {
      requireShown(x);
      const w = x.isLong ? 64 : 32;
      const at = memory.address();
      const behind = x.add(at, x.known(at.w, 2));
      x.probe('named', at, 2);
      x.probe('named', behind, w / 8);
      x.write('named', at, x.state(place + 8, 16));
      x.write('named', behind, x.state(place, w));
    },
  });

const loadTable = (name: string, row: string, place: number): Op =>
  op({
    ...{ name, sdm: 'Vol. 2A, LGDT/LIDT', rows: [row] },
    run(x, memory) {
      requireSupervisor(x);
      const w = x.isLong ? 64 : 32;
      const at = memory.address();
      const limit = x.read('named', at, 16);
      const whole = x.read('named', x.add(at, x.known(at.w, 2)), w);
      const base = x.zext(x.size === 16 && !x.isLong ? x.and(whole, x.known(w, 0xff_ffff)) : whole, 64);
      if (x.isLong) x.require(x.canonical(base), 'gp');
      x.setState(place, base);
      x.setState(place + 8, x.zext(limit, 32));
    },
  });

/** In a register the upper half of the operand is zeros. */
const storeSelector = (name: string, digit: number, place: number): Op =>
  op({
    ...{ name, sdm: `Vol. 2B, ${name.toUpperCase()}`, rows: [`0F 00 /${digit} | Mw`, `0F 00 /${digit} | Rv`] },
    run(x, destination) {
      requireProtected(x);
      requireShown(x);
      destination.set(x.zext(x.state(place + SegmentPart.selector, 16), destination.w));
    },
  });

const loadSelector = (name: string, digit: number, service: ServiceName): Op =>
  op({
    ...{ name, sdm: `Vol. 2A, ${name.toUpperCase()}`, rows: [`0F 00 /${digit} | Ew`] },
    run(x, selector) {
      requireProtected(x);
      requireSupervisor(x);
      x.service(service, x.zext(selector.get(), 64));
    },
  });

/** Asks about a selector; ZF says whether there is an answer. */
const ask = (x: X, selector: Val, inquiry: number): { readonly answer: Val; readonly isTold: Val } => {
  requireProtected(x);
  const said = x.service('inquire', x.zext(selector, 64), x.known(64, inquiry));
  const isTold = x.nez(x.shr(said, 32));
  x.flags({ z: () => isTold });
  return { answer: x.truncate(said, 32), isTold };
};

const verify = (name: string, digit: number, inquiry: number): Op =>
  op({
    ...{ name, sdm: 'Vol. 2B, VERR/VERW', rows: [`0F 00 /${digit} | Ew`] },
    run: (x, selector) => {
      ask(x, selector.get(), inquiry);
    },
  });

const read = (name: string, opcode: string, inquiry: number): Op =>
  op({
    ...{ name, sdm: `Vol. 2A, ${name.toUpperCase()}`, rows: [`0F ${opcode} /r | Gv, Mw`, `0F ${opcode} /r | Gv, Rv`] },
    run(x, destination, selector) {
      const { answer, isTold } = ask(x, x.truncate(selector.get(), 16), inquiry);
      destination.set(x.zext(answer, destination.w), isTold);
    },
  });

/** Privilege of the first is made no more than of the second. */
const arpl = op({
  ...{ name: 'arpl', sdm: 'Vol. 2A, ARPL', rows: ['63 /r | Ew, Gw | i64'] },
  run(x, destination, source) {
    requireProtected(x);
    const rpl = (selector: Val): Val => x.and(selector, x.known(16, 3));
    const least = source.get();
    const [old] = destination.update((selector) =>
      x.select(x.ltu(rpl(selector), rpl(least)), x.or(x.and(selector, x.known(16, 0xfffc)), rpl(least)), selector),
    );
    const isRaised = x.ltu(rpl(old), rpl(least));
    x.flags({ z: () => isRaised });
  },
});

export const descriptor: readonly Op[] = [
  storeSelector('sldt', 0, State.ldtr),
  storeSelector('str', 1, State.tr),
  loadSelector('lldt', 2, 'loadLdt'),
  loadSelector('ltr', 3, 'loadTask'),
  verify('verr', 4, Inquiry.read),
  verify('verw', 5, Inquiry.write),
  storeTable('sgdt', '0F 01 /0 | M | f64 v', State.gdtr),
  storeTable('sidt', '0F 01 /1 | M | f64 v', State.idtr),
  loadTable('lgdt', '0F 01 /2 | M | f64 v', State.gdtr),
  loadTable('lidt', '0F 01 /3 | M | f64 v', State.idtr),
  read('lar', '02', Inquiry.rights),
  read('lsl', '03', Inquiry.limit),
  arpl,
];
