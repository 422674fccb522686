/** Fast calls of the system, and the ways back: SDM Vol. 3A, 5.8.7 and 5.8.8. */
import type { ServiceName } from '../../runtime/service.ts';
import type { FeatureName } from '../feature.ts';
import { type Op, op } from '../op.ts';

/** Outside 64-bit mode only AMD's processors have SYSCALL and SYSRET: AMD64 APM Vol. 3. Here, as on Intel's, they are #UD there. */
const syscall = op({
  ...{ name: 'syscall', sdm: 'Vol. 2B, SYSCALL', feature: 'syscall', rows: ['0F 05 | | o64'] },
  run(x) {
    x.service('enterByTarget');
    x.arrive();
  },
});

const sysenter = op({
  ...{ name: 'sysenter', sdm: 'Vol. 2B, SYSENTER', feature: 'sep', rows: ['0F 34'] },
  run(x) {
    x.service('enterByStack');
    x.arrive();
  },
});

/** To code of 32 bits, or with REX.W of 64; binutils tells them apart in 64-bit mode alone. */
const returning = (name: string, service: ServiceName, size: 32 | 64, row: string, feature: FeatureName): Op =>
  op({
    ...{ name, sdm: `Vol. 2B, ${name.replace(/[dq]$/, '').toUpperCase()}`, feature, rows: [row] },
    run(x) {
      x.service(service, x.known(64, size));
      x.arrive();
    },
  });

export const call: readonly Op[] = [
  ...[syscall, sysenter],
  returning('sysretd', 'returnToCaller', 32, '0F 07 | | o64 w0', 'syscall'),
  returning('sysretq', 'returnToCaller', 64, '0F 07 | | o64 w1', 'syscall'),
  returning('sysexit', 'exitToCaller', 32, '0F 35 | | i64', 'sep'),
  returning('sysexitd', 'exitToCaller', 32, '0F 35 | | o64 w0', 'sep'),
  returning('sysexitq', 'exitToCaller', 64, '0F 35 | | o64 w1', 'sep'),
];
