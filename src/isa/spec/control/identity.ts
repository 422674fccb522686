/** What a processor tells of itself, random numbers, and what waits for a write. */
import { Eflags } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import { change } from '../eflags.ts';
import type { FeatureName } from '../feature.ts';
import { type Op, op } from '../op.ts';
import type { RegisterName, X } from '../vocabulary.ts';

const cpuid = op({
  ...{ name: 'cpuid', sdm: 'Vol. 2A, CPUID', rows: ['0F A2'] },
  run(x) {
    const value = (name: RegisterName): Val => x.zext(x.register(name, 32).get(), 64);
    const told = (half: number): Val => x.service('identify', value('ax'), value('cx'), x.known(64, half));
    const [first, second] = [told(0), told(1)];
    for (const [low, high, from] of [
      ['ax', 'bx', first],
      ['cx', 'dx', second],
    ] as const) {
      x.register(low, 32).set(x.truncate(from, 32));
      x.register(high, 32).set(x.slice(from, 32, 32));
    }
  },
});

/** There is always a number: CF is set. */
const drawing = (name: 'rdrand' | 'rdseed', digit: number): Op =>
  op({
    ...{ name, sdm: `Vol. 2B, ${name.toUpperCase()}`, feature: name satisfies FeatureName, rows: [`NFx 0F C7 /${digit} | Rv`] },
    run(x, destination) {
      destination.set(x.truncate(x.service('random'), destination.w));
      const clear = (): Val => x.known(1, 0);
      x.flags({ c: () => x.known(1, 1), o: clear, s: clear, z: clear, a: clear, p: clear });
    },
  });

/** A byte there is read, and nothing more: MWAIT may end for any reason, and ends at once. So nobody waits in vain for another processor's write. */
const monitor = op({
  ...{ name: 'monitor', sdm: 'Vol. 2B, MONITOR', feature: 'monitor', rows: ['NP 0F 01 C8 | | a'] },
  run(x) {
    x.requirePrivilege('ud');
    x.require(x.eqz(x.register('cx', 32).get()), 'gp');
    x.touch('named', x.register('ax', x.addressSize).get());
  },
});

const mwait = op({
  ...{ name: 'mwait', sdm: 'Vol. 2B, MWAIT', feature: 'monitor', rows: ['NP 0F 01 C9'] },
  run(x) {
    x.requirePrivilege('ud');
    // Bit 0 asks for masked interrupts, too.
    x.require(x.ltu(x.register('cx', 32).get(), x.known(32, 2)), 'gp');
    x.resume();
  },
});

/** EFLAGS.AC lifts SMAP: SDM Vol. 3A, 5.6. Other translations count afterwards. */
const lifting = (name: 'clac' | 'stac', row: string, make: (x: X, flags: Val) => Val): Op =>
  op({
    ...{ name, sdm: `Vol. 2${name === 'clac' ? 'A' : 'B'}, ${name.toUpperCase()}`, feature: 'smap', rows: [row] },
    run(x) {
      x.requirePrivilege('ud');
      change(x, (flags) => make(x, flags));
      x.look();
      x.heed();
    },
  });

const clac = lifting('clac', 'NP 0F 01 CA', (x, flags) => x.and(flags, x.known(32, ~Eflags.ac)));
const stac = lifting('stac', 'NP 0F 01 CB', (x, flags) => x.or(flags, x.known(32, Eflags.ac)));

/** Either is there wherever a monitor is: systems choose by what they find of the processor, not of it. */
const calling = (name: 'vmcall' | 'vmmcall', sdm: string, row: string): Op =>
  op({
    ...{ name, sdm, feature: 'hypervisor', rows: [row] },
    run(x) {
      x.service('callMonitor');
      x.resume();
    },
  });

const vmcall = calling('vmcall', 'Vol. 3C, VMCALL', 'NP 0F 01 C1');
const vmmcall = calling('vmmcall', 'AMD64 APM Vol. 3, VMMCALL', 'NP 0F 01 D9');

export const identity: readonly Op[] = [
  ...[cpuid, drawing('rdrand', 6), drawing('rdseed', 7), monitor, mwait, clac, stac],
  ...[vmcall, vmmcall],
];
