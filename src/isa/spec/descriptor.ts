/** Tables of descriptors, and what programs may ask of them: SDM Vol. 3A, 2.4 and 6.10. All of it is asked of the processor: it is rare, and has rules by mode and privilege. */
import { Inquiry, Permission, type ServiceName } from '../runtime/service.ts';
import { State } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import { type Op, op } from './op.ts';
import type { X } from './vocabulary.ts';

/** The limit first, the base behind it. */
const table = (name: string, digit: number, sdm: string, service: 'storeTable' | 'loadTable', place: number): Op =>
  op({
    ...{ name, sdm, rows: [`0F 01 /${digit} | M | f64 v`] },
    run(x, memory) {
      if (service === 'loadTable') x.service('permit', x.known(64, Permission.supervisor));
      const linear = x.linear('named', memory.address(), x.isLong ? 10 : 6, service === 'storeTable' ? 'write' : 'read');
      x.service(service, x.known(64, place), linear, x.known(64, x.size));
    },
  });

/** In a register the upper half of the operand is zeros. */
const storeSelector = (name: string, digit: number, place: number): Op =>
  op({
    ...{ name, sdm: `Vol. 2B, ${name.toUpperCase()}`, rows: [`0F 00 /${digit} | Mw`, `0F 00 /${digit} | Rv`] },
    run: (x, destination) => destination.set(x.truncate(x.service('storeSelector', x.known(64, place)), destination.w)),
  });

const loadSelector = (name: string, digit: number, service: ServiceName): Op =>
  op({
    ...{ name, sdm: `Vol. 2A, ${name.toUpperCase()}`, rows: [`0F 00 /${digit} | Ew`] },
    run(x, selector) {
      x.service('permit', x.known(64, Permission.both));
      x.service(service, x.zext(selector.get(), 64));
    },
  });

/** Asks about a selector; ZF says whether there is an answer, which is in the lower half. */
const ask = (x: X, selector: Val, inquiry: number): { readonly answer: Val; readonly isTold: Val } => {
  const answer = x.service('inquire', x.zext(selector, 64), x.known(64, inquiry));
  const isTold = x.nez(x.shr(answer, 32));
  x.flags({ z: () => isTold });
  return { answer, isTold };
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
      destination.set(x.zext(x.truncate(answer, 32), destination.w), isTold);
    },
  });

/** Privilege of the first is made no more than of the second. */
const arpl = op({
  ...{ name: 'arpl', sdm: 'Vol. 2A, ARPL', rows: ['63 /r | Ew, Gw | i64'] },
  run(x, destination, source) {
    x.service('permit', x.known(64, Permission.selectors));
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
  table('sgdt', 0, 'Vol. 2B, SGDT', 'storeTable', State.gdtr),
  table('sidt', 1, 'Vol. 2B, SIDT', 'storeTable', State.idtr),
  table('lgdt', 2, 'Vol. 2A, LGDT/LIDT', 'loadTable', State.gdtr),
  table('lidt', 3, 'Vol. 2A, LGDT/LIDT', 'loadTable', State.idtr),
  read('lar', '02', Inquiry.rights),
  read('lsl', '03', Inquiry.limit),
  arpl,
];
