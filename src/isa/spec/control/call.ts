/**
 * Fast calls of the system, and the ways back: SDM Vol. 3A, 5.8.7 and 5.8.8. SYSCALL and SYSRET of 64-bit code are written out, and SYSENTER and SYSEXIT outside long mode where all
 * segments begin at 0 and end nowhere: a system's programs are made of them. What faults or traps, the processor does.
 */
import type { ServiceName } from '../../runtime/service.ts';
import { Eflags, Segment, State } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import { image } from '../eflags.ts';
import type { FeatureName } from '../feature.ts';
import { type Op, op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { areCalm, isFlatCode, setFlags, setSegment, usually } from './segments.ts';

/** Bit 0 of EFER. */
const isOffered = (x: X): Val => x.bit(x.state(State.efer, 32), 0);

/** Rights of code and data as these instructions set them: SDM Vol. 2B, their Operation sections. */
const rights = { long: 0xa09b, code: 0xc09b, data: 0xc093, user: 0x60 } as const;
/** Of R11, what SYSRET takes: all but RF and VM. */
const returnedFlags = 0x3c_7fd7;

/** Segments that begin at 0 and end nowhere. */
const setBoth = (
  x: X,
  { kind, code, stack }: { readonly kind: 'long' | 'code'; readonly code: Val; readonly stack: Val },
  privilege: 0 | 3,
): void => {
  const level = privilege === 3 ? rights.user : 0;
  const all = { base: x.known(64, 0), limit: x.known(32, -1) };
  setSegment(x, Segment.cs, { ...all, selector: code, rights: x.known(32, rights[kind] | level) });
  setSegment(x, Segment.ss, { ...all, selector: stack, rights: x.known(32, rights.data | level) });
  x.setState(State.cpl, x.known(32, privilege));
  x.look();
};

const selectorFrom = (x: X, at: number): Val => x.and(x.truncate(x.shr(x.state(State.star, 64), at), 32), x.known(32, 0xffff));
const general = (number: number): number => State.gpr + 8 * number;
const [rcx, r11] = [general(1), general(11)];

/** Outside 64-bit mode only AMD's processors have SYSCALL and SYSRET: AMD64 APM Vol. 3. Here, as on Intel's, they are #UD there. */
const syscall = op({
  ...{ name: 'syscall', sdm: 'Vol. 2B, SYSCALL', feature: 'syscall', rows: ['0F 05 | | o64'] },
  run(x) {
    const flags = image(x);
    const isUsual = x.and(isOffered(x), areCalm(x, x.state(State.flags, 32)));
    const code = x.and(selectorFrom(x, 32), x.known(32, 0xfffc));
    const kept = x.and(flags, x.not(x.state(State.fmask, 32)));
    usually(
      x,
      isUsual,
      () => {
        x.location(x.known(32, rcx), 64).set(x.next);
        x.location(x.known(32, r11), 64).set(x.zext(flags, 64));
        x.setState(State.rip, x.state(State.lstar, 64));
        setFlags(x, kept);
        setBoth(x, { kind: 'long', code, stack: x.and(x.add(code, x.known(32, 8)), x.known(32, 0xffff)) }, 0);
      },
      () => x.service('enterByTarget'),
    );
    x.arrive();
  },
});

const sysretq = op({
  ...{ name: 'sysretq', sdm: 'Vol. 2B, SYSRET', feature: 'syscall', rows: ['0F 07 | | o64 w1'] },
  run(x) {
    const target = x.location(x.known(32, rcx), 64).get();
    const flags = x.and(x.location(x.known(32, r11), 32).get(), x.known(32, returnedFlags));
    const isAllowed = x.and(isOffered(x), x.eqz(x.state(State.cpl, 32)));
    const selector = selectorFrom(x, 48);
    const from = (by: number): Val => x.and(x.or(x.add(selector, x.known(32, by)), x.known(32, 3)), x.known(32, 0xffff));
    usually(
      x,
      x.and(isAllowed, x.and(x.canonical(target), areCalm(x, flags))),
      () => {
        x.setState(State.rip, target);
        setFlags(x, flags);
        setBoth(x, { kind: 'long', code: from(16), stack: from(8) }, 3);
      },
      () => x.service('returnToCaller', x.known(64, 64)),
    );
    x.arrive();
  },
});

const sysenter = op({
  ...{ name: 'sysenter', sdm: 'Vol. 2B, SYSENTER', feature: 'sep', rows: ['0F 34'] },
  run(x) {
    const ask = (): Val => x.service('enterByStack');
    if (x.isLong) ask();
    else {
      const flags = x.state(State.flags, 32);
      const code = x.and(x.state(State.sysenterCs, 32), x.known(32, 0xfffc));
      const isUsual = x.and(x.and(isFlatCode(x), areCalm(x, flags)), x.nez(code));
      const quick = (): void => {
        x.register('sp', 32).set(x.state(State.sysenterEsp, 32));
        x.setState(State.rip, x.zext(x.state(State.sysenterEip, 32), 64));
        x.setState(State.flags, x.and(flags, x.known(32, ~Eflags.if)));
        setBoth(x, { kind: 'code', code, stack: x.and(x.add(code, x.known(32, 8)), x.known(32, 0xffff)) }, 0);
      };
      usually(x, isUsual, quick, ask);
    }
    x.arrive();
  },
});

const sysexit = op({
  ...{ name: 'sysexit', sdm: 'Vol. 2B, SYSEXIT', feature: 'sep', rows: ['0F 35 | | i64'] },
  run(x) {
    const selector = x.and(x.state(State.sysenterCs, 32), x.known(32, 0xffff));
    const from = (by: number): Val => x.and(x.or(x.add(selector, x.known(32, by)), x.known(32, 3)), x.known(32, 0xffff));
    const isAllowed = x.and(x.eqz(x.state(State.cpl, 32)), x.nez(x.and(selector, x.known(32, 0xfffc))));
    const isUsual = x.and(x.and(isFlatCode(x), areCalm(x, x.state(State.flags, 32))), isAllowed);
    const [pointer, target] = [x.register('cx', 32).get(), x.register('dx', 32).get()];
    const quick = (): void => {
      x.register('sp', 32).set(pointer);
      x.setState(State.rip, x.zext(target, 64));
      setBoth(x, { kind: 'code', code: from(16), stack: from(24) }, 3);
    };
    usually(x, isUsual, quick, () => x.service('exitToCaller', x.known(64, 32)));
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
  ...[sysretq, sysexit],
  returning('sysexitd', 'exitToCaller', 32, '0F 35 | | o64 w0', 'sep'),
  returning('sysexitq', 'exitToCaller', 64, '0F 35 | | o64 w1', 'sep'),
];
