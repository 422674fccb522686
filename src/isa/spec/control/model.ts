/** Model-specific registers, and instructions that reach some of them by themselves. */
import { Segment, SegmentPart, State, segmentPlace } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import { type Op, op } from '../op.ts';
import type { RegisterName, X } from '../vocabulary.ts';

/** EDX:EAX. */
const pair = (x: X): Val => {
  const half = (name: RegisterName): Val => x.zext(x.register(name, 32).get(), 64);
  return x.or(x.shl(half('dx'), 32), half('ax'));
};

const setPair = (x: X, value: Val): void => {
  x.register('ax', 32).set(x.truncate(value, 32));
  x.register('dx', 32).set(x.slice(value, 32, 32));
};

const index = (x: X): Val => x.zext(x.register('cx', 32).get(), 64);

const rdmsr = op({
  ...{ name: 'rdmsr', sdm: 'Vol. 2B, RDMSR', feature: 'msr', rows: ['0F 32'] },
  run(x) {
    setPair(x, x.service('readModel', index(x)));
    x.resume();
  },
});

const wrmsr = op({
  ...{ name: 'wrmsr', sdm: 'Vol. 2D, WRMSR', feature: 'msr', rows: ['0F 30'] },
  run(x) {
    x.service('writeModel', index(x), pair(x));
    x.resume();
  },
});

const rdpmc = op({
  ...{ name: 'rdpmc', sdm: 'Vol. 2B, RDPMC', rows: ['0F 33'] },
  run(x) {
    setPair(x, x.service('readCounter', index(x)));
    x.resume();
  },
});

/** From how many instructions have run since somebody knew it, where that is told; CR4.TSD keeps it from users. */
const counter = (x: X): Val => {
  const pace = x.state(State.pace, 32);
  const isKept = x.and(x.bit(x.state(State.cr4, 32), 2), x.nez(x.state(State.cpl, 32)));
  const told = (): Val => (x.binding.elsewhere() ? x.known(64, 0) : x.service('time'));
  const reckoned = (): Val => {
    const through = x.sub(x.state(State.spent, 32), x.state(State.budget, 32));
    const since = x.zext(x.sub(through, x.state(State.reckonedFrom, 32)), 64);
    const time = x.add(x.state(State.reckonedTime, 64), x.shr(x.mul(since, x.zext(pace, 64)), 16));
    return x.add(time, x.state(State.tscOffset, 64));
  };
  const isReckoned = x.and(x.nez(pace), x.eqz(x.state(State.doubted, 32)));
  return x.either(x.and(isReckoned, x.not(isKept)), reckoned, told);
};

/** Time is counted in instructions where nobody else tells it: the block ends here, for those in it are counted when it begins. */
const rdtsc = op({
  ...{ name: 'rdtsc', sdm: 'Vol. 2B, RDTSC', feature: 'tsc', rows: ['0F 31'] },
  run(x) {
    setPair(x, counter(x));
    x.heed();
  },
});

const rdtscp = op({
  ...{ name: 'rdtscp', sdm: 'Vol. 2B, RDTSCP', feature: 'rdtscp', rows: ['0F 01 F9'] },
  run(x) {
    setPair(x, counter(x));
    x.register('cx', 32).set(x.state(State.tscAux, 32));
    x.heed();
  },
});

const rdpid = op({
  ...{ name: 'rdpid', sdm: 'Vol. 2B, RDPID', feature: 'rdpid', rows: ['F3 0F C7 /7 | Ry | f64'] },
  run: (x, destination) => destination.set(x.zext(x.state(State.tscAux, 32), destination.w)),
});

const basePlace = (segment: Segment): number => segmentPlace(segment) + SegmentPart.base;

/** CR4.FSGSBASE. */
const requireBases = (x: X): void => x.require(x.bit(x.state(State.cr4, 32), 16), 'ud');

const readingBase = (name: string, segment: Segment, digit: number): Op =>
  op({
    ...{ name, sdm: 'Vol. 2B, RDFSBASE/RDGSBASE', feature: 'fsgsbase', rows: [`F3 0F AE /${digit} | Ry | o64`] },
    run(x, destination) {
      requireBases(x);
      destination.set(x.state(basePlace(segment), destination.w));
    },
  });

const writingBase = (name: string, segment: Segment, digit: number): Op =>
  op({
    ...{ name, sdm: 'Vol. 2D, WRFSBASE/WRGSBASE', feature: 'fsgsbase', rows: [`F3 0F AE /${digit} | Ry | o64`] },
    run(x, source) {
      requireBases(x);
      const base = x.zext(source.get(), 64);
      x.require(x.canonicalWhenKept(base), 'gp');
      x.setState(basePlace(segment), base);
    },
  });

const swapgs = op({
  ...{ name: 'swapgs', sdm: 'Vol. 2B, SWAPGS', rows: ['0F 01 F8 | | o64'] },
  run(x) {
    x.requirePrivilege();
    const [now, kept] = [x.state(basePlace(Segment.gs), 64), x.state(State.kernelGsBase, 64)];
    x.setState(basePlace(Segment.gs), kept);
    x.setState(State.kernelGsBase, now);
  },
});

export const model: readonly Op[] = [
  ...[rdmsr, wrmsr, rdpmc, rdtsc, rdtscp, rdpid],
  ...[readingBase('rdfsbase', Segment.fs, 0), readingBase('rdgsbase', Segment.gs, 1)],
  ...[writingBase('wrfsbase', Segment.fs, 2), writingBase('wrgsbase', Segment.gs, 3)],
  swapgs,
];
