/** What the database says, and how to ask the host. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Spec } from '../../src/environment/index.ts';

export interface Row {
  readonly id: string;
  readonly name: string;
  readonly slot: number;
  readonly phase: string;
  readonly intent: string | null;
  readonly kind: string;
  readonly spec: Spec;
  readonly ip: string | null;
  readonly snapshots: readonly string[];
}

export const readDatabase = (path: string): { readonly rows: readonly Row[]; readonly others: readonly string[] } => {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    const snapshots = db.prepare('select environment, name from snapshot').all();
    const rows = db
      .prepare('select id, name, slot, phase, intent, made, spec, address from environment')
      .all()
      .map(({ id, name, slot, phase, intent, made, spec, address }) => ({
        id: String(id),
        name: String(name),
        slot: Number(slot),
        phase: String(phase),
        intent: intent === null ? null : String(intent),
        kind: made === null ? 'none' : String(JSON.parse(String(made)).kind),
        spec: JSON.parse(String(spec)) as Spec,
        ip: address === null ? null : String(JSON.parse(String(address)).ip),
        snapshots: snapshots.filter(({ environment }) => environment === id).map((row) => String(row['name'])),
      }));
    const held = db.prepare(`select subject as what, holder from lock union all select subject, holder from image_hold`).all();
    const dead = held.filter(({ holder }) => !existsSync(`/proc/${String(holder).split(':')[1]}`));
    return { rows, others: dead.map(({ what }) => `row: ${what} is held by a dead process`) };
  } finally {
    db.close();
  }
};

export const isRunning = (runtime: string, tag: string, id: string): boolean => {
  const pid = read(`${runtime}/ve/${id}/pid`);
  return pid !== '' && read(`/proc/${pid}/cgroup`).includes(`/isola-${tag}/${id}`) && !/^State:\s+Z/m.test(read(`/proc/${pid}/status`));
};

export const namesIn = (path: string): readonly string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};

export const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

export const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};

export const output = (program: string, ...args: readonly string[]): string => spawnSync(program, args, { encoding: 'utf8' }).stdout;
