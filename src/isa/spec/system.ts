/** What waits, and what speaks with devices: SDM Vol. 1, chapter 19; Vol. 3A, 7.8. */
import { Eflags, Segment, Shadow, State } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import { change, requireInterrupts } from './eflags.ts';
import { type Op, op } from './op.ts';
import { advance } from './string.ts';
import type { X } from './vocabulary.ts';
import { Cr0, requireNone } from './x87/begin.ts';

const cli = op({
  name: 'cli',
  sdm: 'Vol. 2A, CLI',
  rows: ['FA'],
  run(x) {
    const isVirtual = requireInterrupts(x);
    change(x, (flags) => x.and(flags, x.select(isVirtual, x.known(32, ~Eflags.vif), x.known(32, ~Eflags.if))));
  },
});

/** Interrupts that were held back come behind the next instruction; virtual ones, for which the supervisor waits, are #GP. */
const sti = op({
  name: 'sti',
  sdm: 'Vol. 2B, STI',
  rows: ['FB'],
  run(x) {
    const isVirtual = requireInterrupts(x);
    const now = x.state(State.flags, 32);
    x.require(x.not(x.and(isVirtual, x.nez(x.and(now, x.known(32, Eflags.vip))))), 'gp');
    const wasOpen = x.nez(x.and(now, x.known(32, Eflags.if)));
    const shadow = x.state(State.shadow, 32);
    x.setState(State.shadow, x.select(x.or(isVirtual, wasOpen), shadow, x.or(shadow, x.known(32, Shadow.sti))));
    change(x, (flags) => x.or(flags, x.select(isVirtual, x.known(32, Eflags.vif), x.known(32, Eflags.if))));
    x.heed();
  },
});

const hlt = op({
  name: 'hlt',
  sdm: 'Vol. 2A, HLT',
  rows: ['F4'],
  run(x) {
    x.require(x.eqz(x.state(State.cpl, 32)), 'gp');
    x.halt();
  },
});

/** One that is emulated has always done; what it could not tell yet, it tells now. */
const wait = op({
  name: 'fwait',
  sdm: 'Vol. 2D, WAIT/FWAIT',
  rows: ['9B'],
  run(x) {
    const both = Cr0.mp | Cr0.ts;
    x.require(x.ne(x.and(x.state(State.cr0, 32), x.known(32, both)), x.known(32, both)), 'nm');
    requireNone(x);
  },
});

/** A device may look at the time, and may ask for something: each ends its block, whose instructions are counted when it begins. What is written may change how code is run. */
const read = (x: X, port: Val, w: number): Val => x.truncate(x.service('input', x.zext(port, 64), x.known(64, w / 8)), w);

const write = (x: X, port: Val, value: Val): void => {
  x.service('output', x.zext(port, 64), x.known(64, value.w / 8), x.zext(value, 64));
};

const input = op({
  name: 'in',
  sdm: 'Vol. 2A, IN',
  rows: ['E4 ib | AL, Ib', 'E5 ib | eAX, Ib', 'EC | AL, DX', 'ED | eAX, DX'],
  run(x, destination, port) {
    destination.set(read(x, port.get(), destination.w));
    x.heed();
  },
});

const output = op({
  name: 'out',
  sdm: 'Vol. 2B, OUT',
  rows: ['E6 ib | Ib, AL', 'E7 ib | Ib, eAX', 'EE | DX, AL', 'EF | DX, eAX'],
  run(x, port, source) {
    write(x, port.get(), source.get());
    x.resume();
  },
});

/** Whether the port is allowed is asked first, then whether memory takes what is read of it. */
const inputString = op({
  ...{ name: 'ins', sdm: 'Vol. 2A, INS/INSB/INSW/INSD', rows: ['6C | Yb, DX | rep', '6D | Yz, DX | rep'] },
  run(x, destination, port) {
    x.repeated(() => {
      x.service('permitPort', x.zext(port.get(), 64), x.known(64, destination.w / 8));
      x.probe(Segment.es, destination.address(), destination.w / 8);
      destination.set(read(x, port.get(), destination.w));
      advance(x, 'di', destination);
    });
    x.resume();
  },
});

const outputString = op({
  ...{ name: 'outs', sdm: 'Vol. 2B, OUTS/OUTSB/OUTSW/OUTSD', rows: ['6E | DX, Xb | rep', '6F | DX, Xz | rep'] },
  run(x, port, source) {
    x.repeated(() => {
      x.service('permitPort', x.zext(port.get(), 64), x.known(64, source.w / 8));
      write(x, port.get(), source.get());
      advance(x, 'si', source);
    });
    x.resume();
  },
});

export const system: readonly Op[] = [cli, sti, hlt, wait, input, output, inputString, outputString];
