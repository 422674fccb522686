/** Compares segments of the emulated processor with those of the host's. */
import { engine as readyEngine } from '../../../src/computer/engine/index.ts';
import { Eflags } from '../../../src/isa/runtime/state.ts';
import { diceOf } from '../dice.ts';
import { type Case, caseBy } from './cases.ts';
import { type Result, runOnHost } from './host.ts';
import { Machine, type Told, unended } from './machine.ts';
import { tableBy } from './table.ts';

export interface Comparison {
  readonly runs: number;
  /** By vector. */
  readonly traps: ReadonlyMap<number, number>;
  /** The first few, in words. */
  readonly differences: readonly string[];
  readonly differing: number;
}

const batch = 20_000;

export const compareSegments = (runs: number, seed: number): Comparison => {
  const roll = diceOf(seed);
  const engine = readyEngine();
  const traps = new Map<number, number>();
  const differences: string[] = [];
  let [done, differing] = [0, 0];
  while (done < runs) {
    const table = tableBy(roll);
    const machine = new Machine(engine, table);
    const cases = Array.from({ length: Math.min(batch, runs - done) }, () => caseBy(table, roll));
    const results = runOnHost(table, cases);
    for (const [at, one] of cases.entries()) {
      const host = results[at];
      if (host === undefined) throw new Error('a case has no result');
      traps.set(host.trap, (traps.get(host.trap) ?? 0) + 1);
      const differs = differenceOf(one, host, machine.run(one, table));
      if (differs === undefined) continue;
      differing++;
      if (differences.length < 12) differences.push(`${describe(one)}: ${differs}`);
    }
    done += cases.length;
  }
  return { runs: done, traps, differences, differing };
};

const names = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];
const segments = ['cs', 'ss', 'ds', 'es', 'gs'];
/** RF is set where a fault is reported. */
const comparedFlags = ~(Eflags.rf | Eflags.vif | Eflags.vip);
const [breakpoint, pageFault] = [3, 14];
/** What segments.c says of code that goes on and on. */
const endless = 255;

const differenceOf = ({ what }: Case, host: Result, ours: Told): string | undefined => {
  if (host.trap === endless) return ours.trap === unended ? undefined : 'it has no end on the host and one here';
  const said: string[] = [];
  const note = (what: string, theirs: number, mine: number): void => {
    if (theirs !== mine) said.push(`${what} is ${theirs.toString(16)} on the host and ${mine.toString(16)} here`);
  };
  note('vector', host.trap, ours.trap);
  // Linux says of its own half that it is there: linux v6.6 arch/x86/mm/fault.c, set_signal_archinfo.
  const kept = host.trap === pageFault ? ~1 : -1;
  note('error code', host.error & kept, ours.error & kept);
  note('ip', host.rip, ours.rip);
  note('flags', host.flags & comparedFlags, ours.flags & comparedFlags);
  const isHalf = what.endsWith('popa') && ours.trap !== breakpoint && isLoadedInPart(host.registers, ours.registers);
  for (const [number, name] of names.entries()) if (!isHalf) note(name, host.registers[number] ?? 0, ours.registers[number] ?? 0);
  for (const [number, name] of segments.entries()) note(name, host.selectors[number] ?? 0, ours.selectors[number] ?? 0);
  // Some processors have written a part when a fault comes; here nothing is.
  const isUnwritten = ours.trap !== breakpoint && ours.sum === ours.sumBefore;
  if (!isUnwritten) note('data', host.sum, ours.sum);
  return said.length === 0 ? undefined : said.join(', ');
};

/** As POPA loads them, from the lowest place up: edi, esi, ebp, ebx, edx, ecx, eax. */
const popped = [7, 6, 5, 3, 2, 1, 0];
const esp = 4;

/** AMD's processors have loaded some registers when POPA faults, the first ones; here none is, as for every fault: SDM Vol. 3A, 6.5. ESP stays. */
const isLoadedInPart = (theirs: readonly number[], ours: readonly number[]): boolean => {
  const loaded = popped.map((number) => theirs[number] !== ours[number]);
  const first = loaded.indexOf(false);
  return (first < 0 || !loaded.slice(first).includes(true)) && theirs[esp] === ours[esp];
};

const describe = ({ what, code, registers, selector, offset }: Case): string => {
  const end = code.findLastIndex((byte) => byte !== 0xcc) + 1;
  const bytes = Array.from(code.subarray(0, end), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `${what} (${bytes}) at ${selector.toString(16)}:${offset.toString(16)} with ${registers.map((word, number) => `${names[number]}=${word.toString(16)}`).join(' ')}`;
};
