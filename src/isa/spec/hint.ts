/** Instructions that do nothing, hints among them, and those that only fault. */
import { State } from '../runtime/state.ts';
import { type Op, op } from './op.ts';

const doingNothing = (name: string, sdm: string, ...rows: readonly string[]): Op => op({ ...{ name, sdm, rows }, run: () => {} });

/** 90 with REX.B is XCHG. The reserved ones, 0F 19 to 1E, have the form of 0F 1F: SDM Vol. 2D, table A-3. */
export const nop = doingNothing(
  'nop',
  'Vol. 2B, NOP',
  '90 | | b0',
  ...['18', '19', '1A', '1B', '1C', '1D', '1E', '1F'].map((opcode) => `0F ${opcode} /r | Ev`),
);

/** Of a program that waits for another processor. Who has others beside him hears of it after so many: SDM Vol. 3C, 26.1.3 (PAUSE-loop exiting) asks the time as well. */
export const pause = op({
  ...{ name: 'pause', sdm: 'Vol. 2B, PAUSE', rows: ['F3 90 | | b0'] },
  run(x) {
    const left = x.sub(x.state(State.patience, 32), x.known(32, 1));
    const isOver = x.eqz(left);
    let isLeft = false;
    x.seldom(isOver, () => {
      isLeft = x.binding.elsewhere();
    });
    x.setState(State.patience, left);
    if (!isLeft) x.giveWay(isOver);
  },
});

export const endbr64 = doingNothing('endbr64', 'Vol. 2A, ENDBR64', 'F3 0F 1E FA');
export const endbr32 = doingNothing('endbr32', 'Vol. 2A, ENDBR32', 'F3 0F 1E FB');

export const cldemote = doingNothing('cldemote', 'Vol. 2A, CLDEMOTE', 'NP 0F 1C /0 | Mb');

export const prefetchnta = doingNothing('prefetchnta', 'Vol. 2B, PREFETCHh', '0F 18 /0 | Mb');
export const prefetcht0 = doingNothing('prefetcht0', 'Vol. 2B, PREFETCHh', '0F 18 /1 | Mb');
export const prefetcht1 = doingNothing('prefetcht1', 'Vol. 2B, PREFETCHh', '0F 18 /2 | Mb');
export const prefetcht2 = doingNothing('prefetcht2', 'Vol. 2B, PREFETCHh', '0F 18 /3 | Mb');
/** AMD's, which takes the other digits for it, too: AMD64 APM Vol. 3, PREFETCHlevel. */
export const prefetch = doingNothing('prefetch', 'Vol. 2D, table A-3', ...[0, 3, 4, 5, 6, 7].map((digit) => `0F 0D /${digit} | Mb`));
export const prefetchw = doingNothing('prefetchw', 'Vol. 2B, PREFETCHW', '0F 0D /1 | Mb');
export const prefetchwt1 = doingNothing('prefetchwt1', 'Vol. 2D, table A-6', '0F 0D /2 | Mb');

const undefinedAlways = (name: string, row: string): Op =>
  op({ ...{ name, sdm: 'Vol. 2D, UD', rows: [row] }, run: (x) => x.require(x.known(1, 0), 'ud') });

export const ud2 = undefinedAlways('ud2', '0F 0B');
export const ud1 = undefinedAlways('ud1', '0F B9 /r | Gv, Ev');
export const ud0 = undefinedAlways('ud0', '0F FF /r | Gv, Ev');

export const hint: readonly Op[] = [
  ...[nop, pause, endbr64, endbr32, cldemote],
  ...[prefetchnta, prefetcht0, prefetcht1, prefetcht2, prefetch, prefetchw, prefetchwt1],
  ...[ud2, ud1, ud0],
];
