/**
 * What a port consists of, kept as a file that is written before the port is made and removed after it is gone: so everything a
 * killed process leaves has its record, and the packet filter's elements can be made anew.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import type { Publish } from '../../../environment/index.ts';
import { readIfThere, writeWhole } from '../../file/files.ts';
import { type BridgePlan, pathOf } from '../bridge/plan.ts';

export interface PortRecord {
  /** Number of the port, unique on its bridge. */
  readonly slot: number;
  readonly ip: string;
  /** What it is called: the environment's name and host name. */
  readonly names: readonly string[];
  readonly publish: readonly Publish[];
  /** Bits per second, each way; null: as fast as it goes. */
  readonly rateBits: number | null;
  /** Mark of the process it was plugged into; null if that was gone at once. */
  readonly holder: string | null;
}

export const readRecord = (plan: BridgePlan, slot: number): PortRecord | undefined => {
  const text = readIfThere(pathIn(plan, slot));
  // Only isola writes there, and whole files.
  return text === undefined ? undefined : (JSON.parse(text) as PortRecord);
};

export const readRecords = (plan: BridgePlan): readonly PortRecord[] => {
  if (!existsSync(pathOf.ports(plan))) return [];
  const slots = readdirSync(pathOf.ports(plan)).filter((name) => /^[0-9a-f]+$/.test(name));
  return slots.flatMap((name) => readRecord(plan, Number.parseInt(name, 16)) ?? []);
};

export const writeRecord = (plan: BridgePlan, record: PortRecord): void =>
  writeWhole(pathIn(plan, record.slot), JSON.stringify(record), { mode: 0o600 });

export const removeRecord = (plan: BridgePlan, slot: number): void => rmSync(pathIn(plan, slot), { force: true });

const pathIn = (plan: BridgePlan, slot: number): string => `${pathOf.ports(plan)}/${slot.toString(16)}`;
