/** XSAVE and its kin: SDM Vol. 1, chapter 13. */

import type { ServiceName } from '../../runtime/service.ts';
import type { Val } from '../../stage/index.ts';
import type { FeatureName } from '../feature.ts';
import { type Op, op } from '../op.ts';
import type { X } from '../vocabulary.ts';

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

/** Which parts, EDX:EAX says. With REX.W pointers of x87 instructions have 64 bits, without a selector. */
const moving = (
  name: string,
  encoding: string,
  service: ServiceName,
  feature: FeatureName,
  access: 'read' | 'write' = 'write',
): readonly Op[] =>
  (['w0', 'w1'] as const).map((w) =>
    op({
      ...{ name: w === 'w0' ? name : `${name}64`, sdm: `Vol. 2D, ${name.toUpperCase()}`, feature },
      rows: [`NP ${encoding} | M | ${w === 'w0' ? '' : 'o64 '}${w}`],
      run(x, place) {
        x.service(service, x.linear('named', place.address(), areaBytes, access), pair(x), x.known(64, w === 'w0' ? 0 : 1));
      },
    }),
  );

export const extendedState: readonly Op[] = [
  ...[xgetbv, xsetbv],
  ...moving('xsave', '0F AE /4', 'saveExtended', 'xsave'),
  ...moving('xrstor', '0F AE /5', 'restoreExtended', 'xsave', 'read'),
  ...moving('xsaveopt', '0F AE /6', 'saveChanged', 'xsaveopt'),
  ...moving('xsavec', '0F C7 /4', 'saveCompacted', 'xsavec'),
  ...moving('xsaves', '0F C7 /5', 'saveSupervised', 'xsaves'),
  ...moving('xrstors', '0F C7 /3', 'restoreSupervised', 'xsaves', 'read'),
];
