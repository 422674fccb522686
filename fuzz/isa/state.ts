/**
 * States that nobody vouches for: one that no processor can have is refused in a sentence, any other comes out as it went in and runs; and
 * what is saved in the middle of a program goes on in another processor as it would have here.
 */
import { type CpuState, cpuState, decode, encode, UnfitState } from '../../src/machine/index.ts';
import { mutate, pick, type Random, runAlone } from '../mutation.ts';
import { anywhere } from './anywhere.ts';
import { resetState } from './modes.ts';
import { difference, plain, type Rig, rigsOf } from './rig.ts';

const most = 200;

export const state = (random: Random): void => {
  const { state: made, memory } = anywhere(random, resetState());
  const [here, there] = rigsOf(2);
  if (here === undefined || there === undefined) throw new Error('there are no two processors');
  if (random(2) === 0) breakAnywhere(random, here, there, made, memory);
  else strange(random, here, made, memory);
};

const breakAnywhere = (random: Random, here: Rig, there: Rig, made: CpuState, memory: Uint8Array): void => {
  here.set(made, memory);
  const begun = here.run(1 + random(most));
  const between = here.state;
  there.set(between, here.memory);
  if (plain(there.state) !== plain(between)) throw new Error(`loaded ${plain(between)}\nsaved  ${plain(there.state)}`);
  if (begun.exit.why !== 'budget') return;
  const told = difference(here, here.run(most), there, there.run(most));
  if (told !== undefined) throw new Error(told);
};

const strange = (random: Random, rig: Rig, made: CpuState, memory: Uint8Array): void => {
  rig.set(made, memory);
  const value = random(3) === 0 ? fromBytes(random, made) : changed(random, made);
  if (value === undefined) return;
  try {
    rig.set(value, memory);
  } catch (error) {
    if (error instanceof UnfitState && /^[a-z][^\n]{10,}$/i.test(error.message)) return;
    throw error;
  }
  if (plain(rig.state) !== plain(value)) throw new Error(`loaded ${plain(value)}\nsaved  ${plain(rig.state)}`);
  rig.run(most, pick(random, [1, most]));
  rig.set(rig.state, rig.memory);
};

/** As a snapshot holds it, that something happened to; undefined where it is none any more. */
const fromBytes = (random: Random, value: CpuState): CpuState | undefined => {
  const bytes = encode(cpuState, value);
  try {
    return decode(cpuState, random(2) === 0 ? mutate(random, bytes, [bytes.slice(0, 8)]) : flipped(random, bytes));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

const flipped = (random: Random, bytes: Uint8Array): Uint8Array => {
  const at = random(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
  return bytes;
};

/** With one to three fields otherwise. */
const changed = (random: Random, value: CpuState): CpuState => {
  const copy = structuredClone(value);
  for (let changes = 1 + random(3); changes > 0; changes--) change(random, copy);
  return copy;
};

const change = (random: Random, node: object): void => {
  const fields = node as Record<string, unknown>; // Whatever has keys.
  const name = pick(random, Object.keys(fields));
  const old = fields[name];
  if (typeof old === 'object' && old !== null) change(random, old);
  else if (typeof old === 'number') fields[name] = pick(random, [old ^ (1 << random(32)), random(2 ** 31), random(8), old | 0x20]) >>> 0;
  else if (typeof old === 'bigint')
    fields[name] = pick(random, [old ^ (1n << BigInt(random(64))), BigInt(random(2 ** 31)), (1n << BigInt(random(70))) - 1n, -old]);
  else if (typeof old === 'boolean') fields[name] = !old;
  else if (name === 'activity') fields[name] = pick(random, ['active', 'halted', 'shutdown', 'waiting']);
};

if (import.meta.main) runAlone('state', state);
