/** A processor's state in memory from the value that a snapshot holds. */
import { type FeatureName, Segment, State, segmentPlace, writeFlags } from '../../isa/index.ts';
import { type CpuState, shown, UnfitState } from '../../machine/index.ts';
import { ApicState } from '../apic/index.ts';
import { widestOf } from '../canonical.ts';
import { noTable } from '../code/mode.ts';
import { keptModels } from '../control/msr.ts';
import { SystemState } from '../control/system-state.ts';
import { Fault } from '../fault.ts';
import { unfit } from './fit.ts';
import { activities, saved, shadows } from './save.ts';

/** Beside others: what of it isn't told is as between two instructions. Throws `UnfitState` where no processor with these features can have it. */
export const loaded = (state: CpuState, features: ReadonlySet<FeatureName>): Uint8Array => {
  const view = new DataView(new ArrayBuffer(State.size));
  write(view, state);
  view.setUint32(State.widest, widestOf(features), true);
  const reason = unfit(state, features) ?? unfitModel(view, state, features) ?? cut(state, saved(view, features));
  if (reason !== undefined) throw new UnfitState(reason);
  return new Uint8Array(view.buffer);
};

/** What doesn't come out as it went in has more bits, or more of something, than there is room for. */
const cut = (state: CpuState, held: CpuState): string | undefined => {
  const names = Object.keys(held) as (keyof CpuState)[]; // They are its keys.
  const name = names.find((one) => plain(state[one]) !== plain(held[one]));
  return name === undefined ? undefined : `${name} is more than a processor holds`;
};

const plain = (value: unknown): string => JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? shown(one) : one)) ?? '';

/** Each is written as WRMSR would, and refused as there. */
const unfitModel = (view: DataView, { models }: CpuState, features: ReadonlySet<FeatureName>): string | undefined => {
  const kept = keptModels(new SystemState(view), features);
  const numbers = models.map(({ number }) => number).join();
  if (numbers !== [...kept.keys()].join()) return 'the model-specific registers are not the ones this processor has';
  for (const { number, value } of models) {
    try {
      kept.get(number)?.write?.(value);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return `model-specific register ${shown(number)} can't be ${shown(value)}`;
    }
  }
  return undefined;
};

const write = (view: DataView, value: CpuState): void => {
  const state = new SystemState(view);
  const u32 = (place: number, bits: number): void => view.setUint32(place, bits, true);
  const u16 = (place: number, bits: number): void => view.setUint16(place, bits, true);
  for (const [number, bits] of value.general.entries()) state.setGeneral(number, bits);
  state.rip = value.rip;
  writeFlags(view, value.flags);
  state.cpl = value.cpl;
  for (const name of ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const) state.setLoaded(segmentPlace(Segment[name]), value[name]);
  state.setLoaded(State.ldtr, value.ldtr);
  state.setLoaded(State.tr, value.tr);
  state.setTable(State.gdtr, value.gdtr);
  state.setTable(State.idtr, value.idtr ?? { base: 0n, limit: noTable });
  u32(State.cr0, value.cr0);
  for (const name of ['cr2', 'cr3', 'xcr0'] as const) state.set(State[name], value[name]);
  u32(State.cr4, value.cr4);
  u32(State.efer, value.efer);
  for (const [number, address] of value.breakpoints.entries()) state.set(State.dr0 + 8 * number, address);
  u32(State.dr6, value.dr6);
  u32(State.dr7, value.dr7);
  for (const [number, bits] of value.vectors.entries()) setBits(view, State.vectors + 64 * number, 32, bits);
  u32(State.mxcsr, value.mxcsr);
  const { x87 } = value;
  u16(State.x87Control, x87.control);
  u16(State.x87Status, x87.status);
  view.setUint8(State.x87Full, x87.full);
  for (const [number, bits] of x87.registers.entries()) setBits(view, State.x87 + 16 * number, 10, bits);
  u16(State.x87Opcode, x87.opcode);
  u16(State.x87CodeSegment, x87.codeSegment);
  u16(State.x87DataSegment, x87.dataSegment);
  state.set(State.x87Code, x87.code);
  state.set(State.x87Data, x87.data);
  view.setUint8(State.x87Ignored, x87.ignored ? 1 : 0);
  u32(State.activity, activities.indexOf(value.activity));
  const held = Object.entries(shadows) as [keyof typeof shadows, number][]; // They are its keys.
  u32(
    State.shadow,
    held.reduce((masks, [name, mask]) => masks | (value.shadow[name] ? mask : 0), 0),
  );
  state.set(State.ticks, value.time.ticks);
  state.set(State.tscOffset, value.time.ahead);
  state.set(State.tscAdjust, value.time.adjust);
  state.set(State.seed, value.time.seed);
  writeApic(view, value.apic);
};

const writeApic = (view: DataView, value: CpuState['apic']): void => {
  const apic = new ApicState(view);
  view.setBigUint64(State.apicBase, value.base, true);
  for (const [register, bits] of value.registers.entries()) apic.set(register, bits);
  apic.errors = value.errors;
  apic.expiry = value.expiry;
  apic.deadline = value.deadline;
};

/** Little endian. */
const setBits = (view: DataView, place: number, bytes: number, bits: bigint): void => {
  for (let at = 0; at < bytes; at++) view.setUint8(place + at, Number((bits >> BigInt(8 * at)) & 0xffn));
};
