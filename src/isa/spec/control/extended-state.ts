/** XSAVE and its kin: SDM Vol. 1, chapter 13. */

import type { ServiceName } from '../../runtime/service.ts';
import { State } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import type { FeatureName } from '../feature.ts';
import { type Op, op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { Area, isUsual, load, type Manner, type Saving, store } from './extended-area.ts';

/** Of the legacy region and the header. */
const areaBytes = 576;

/** EDX:EAX. */
const pair = (x: X): Val => x.or(x.shl(x.zext(x.register('dx', 32).get(), 64), 32), x.zext(x.register('ax', 32).get(), 64));

const xgetbv = op({
  ...{ name: 'xgetbv', sdm: 'Vol. 2D, XGETBV', feature: 'xsave', rows: ['NP 0F 01 D0'] },
  run(x) {
    const value = x.service('readExtended', x.zext(x.register('cx', 32).get(), 64));
    x.register('ax', 32).set(x.truncate(value, 32));
    x.register('dx', 32).set(x.slice(value, 32, 32));
  },
});

const xsetbv = op({
  ...{ name: 'xsetbv', sdm: 'Vol. 2D, XSETBV', feature: 'xsave', rows: ['NP 0F 01 D1'] },
  run(x) {
    x.service('writeExtended', x.zext(x.register('cx', 32).get(), 64), pair(x));
    x.resume();
  },
});

/** Bits of CR0 and CR4. */
const Bit = { ts: 3, osxsave: 18 } as const;

/** What is asked of the processor, and how it is done where that is usual. */
interface Moving {
  readonly service: ServiceName;
  readonly access: 'read' | 'write';
  /** For the supervisor alone. */
  readonly isSupervised: boolean;
  /** Whether an area can be moved without the processor, once it is at hand; and how. */
  isUsual(x: X, at: Val): Val;
  move(x: X, at: Val, manner: Manner): void;
}

const saving = (service: ServiceName, how: Saving, isSupervised = false): Moving => ({
  ...{ service, isSupervised, access: 'write' },
  isUsual: (x) => x.known(1, 1),
  move: (x, at, manner) => store(x, at, how, manner),
});

const restoring = (service: ServiceName, isCompacted: boolean, isSupervised = false): Moving => ({
  ...{ service, isSupervised, access: 'read' },
  isUsual: (x, at) => isUsual(x, at, isCompacted),
  move: (x, at, manner) => load(x, at, isCompacted, manner),
});

/** Which parts, EDX:EAX says. With REX.W pointers of x87 instructions have 64 bits, without a selector. */
const moving = (name: string, encoding: string, feature: FeatureName, how: Moving): readonly Op[] =>
  (['w0', 'w1'] as const).map((w) =>
    op({
      ...{ name: w === 'w0' ? name : `${name}64`, sdm: `Vol. 2D, ${name.toUpperCase()}`, feature },
      rows: [`NP ${encoding} | M | ${w === 'w0' ? '' : 'o64 '}${w}`],
      run(x, place) {
        const linear = x.linear('named', place.address(), areaBytes, how.access);
        const ask = (): void => void x.service(how.service, linear, pair(x), x.known(64, w === 'w0' ? 0 : 1));
        usually(x, linear, `${name} ${x.isLong ? w : '32'}`, { how, isWide: w === 'w1', vectors: x.isLong ? 16 : 8 }, ask);
      },
    }),
  );

/** Where all of an area is at hand, and nothing faults; else the processor is asked. */
const usually = (
  x: X,
  linear: Val,
  name: string,
  { how, ...manner }: { readonly how: Moving } & Omit<Manner, 'wanted'>,
  ask: () => void,
): void => {
  const { isKnown, place } = x.reach('program', linear, Area.bytes, how.access);
  const isOffered = x.and(x.bit(x.state(State.cr4, 32), Bit.osxsave), x.not(x.bit(x.state(State.cr0, 32), Bit.ts)));
  const isAllowed = how.isSupervised ? x.and(isOffered, x.eqz(x.state(State.cpl, 32))) : isOffered;
  const isAligned = x.eqz(x.and(linear, x.known(64, 63)));
  x.when(
    [isAllowed, isAligned, how.isUsual(x, place)].reduce((all, claim) => x.and(all, claim), isKnown),
    () =>
      x.binding.aside(
        name,
        (shared, at) => {
          how.move(shared, at, { ...manner, wanted: shared.and(shared.state(State.xcr0, 64), pair(shared)) });
          return shared.known(32, 1);
        },
        place,
      ),
    ask,
  );
};

export const extendedState: readonly Op[] = [
  ...[xgetbv, xsetbv],
  ...moving('xsave', '0F AE /4', 'xsave', saving('saveExtended', 'all')),
  ...moving('xrstor', '0F AE /5', 'xsave', restoring('restoreExtended', false)),
  ...moving('xsaveopt', '0F AE /6', 'xsaveopt', saving('saveChanged', 'used')),
  ...moving('xsavec', '0F C7 /4', 'xsavec', saving('saveCompacted', 'compacted')),
  ...moving('xsaves', '0F C7 /5', 'xsaves', saving('saveSupervised', 'compacted', true)),
  ...moving('xrstors', '0F C7 /3', 'xsaves', restoring('restoreSupervised', true, true)),
];
