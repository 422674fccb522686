/**
 * Locks between processes, as rows: each says who holds it and what for, and ends with its holder, however that ends, and with the
 * last program that was at work for it. A lock is
 * held for the length of a command, so waiting asks again and again instead of queueing.
 */
import { type Abort, Refusal } from '../../environment/index.ts';
import { isAlive, orphansGone, ownMark, pidOf } from '../program/processes.ts';
import type { Database, Schema } from './database.ts';

export const lockSchema: Schema = {
  owner: 'lock',
  steps: ['create table lock (subject text primary key, holder text not null, purpose text not null) strict'],
};

export interface LockWait {
  readonly signal?: Abort;
  /** Called once if somebody else holds it. */
  readonly onWait?: (purpose: string, pid: number) => void;
  /** Refused as busy after this time; undefined: waits as long as it takes. */
  readonly timeoutMs?: number;
}

export class Locks {
  readonly #db: Database;
  /** Subjects held here and by how many nested uses: one process does not wait for itself. */
  readonly #own = new Map<string, Promise<unknown>>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Waits for the lock and runs the work under it. `subject` names what is locked, e.g. `environment web`. */
  async hold<T>(subject: string, purpose: string, work: () => Promise<T>, wait: LockWait = {}): Promise<T> {
    const before = this.#own.get(subject);
    const turn = (async () => {
      await before?.catch(() => {});
      await this.#acquire(subject, purpose, wait);
      try {
        return await work();
      } finally {
        this.#db.do('delete from lock where subject = ? and holder = ?', subject, ownMark());
      }
    })();
    this.#own.set(subject, turn);
    try {
      return await turn;
    } finally {
      if (this.#own.get(subject) === turn) this.#own.delete(subject);
    }
  }

  /** Forgets locks of dead processes; whoever wants one takes it over without that. */
  async forgetDead(): Promise<void> {
    for (const { subject, holder } of this.#db.all('select subject, holder from lock')) {
      if (isAlive(String(holder))) continue;
      await orphansGone(String(holder));
      this.#db.do('delete from lock where subject = ? and holder = ?', String(subject), String(holder));
    }
  }

  /** Forgets what this very process held before it became another program (execve(2)), which nobody will let go. To be asked before anything is held. */
  async forgetFormer(): Promise<void> {
    const mark = ownMark();
    if (this.#db.one('select 1 from lock where holder = ?', mark) === undefined) return;
    await orphansGone(mark);
    this.#db.do('delete from lock where holder = ?', mark);
  }

  /** Who is at work on a subject now, if anybody. */
  holder(subject: string): { readonly purpose: string; readonly pid: number } | undefined {
    const row = this.#db.one('select holder, purpose from lock where subject = ?', subject);
    const mark = String(row?.['holder']);
    return row && isAlive(mark) ? { purpose: String(row['purpose']), pid: pidOf(mark) } : undefined;
  }

  async #acquire(subject: string, purpose: string, { signal, onWait, timeoutMs }: LockWait): Promise<void> {
    const start = performance.now();
    for (let pauseMs = 2, told = false; ; pauseMs = Math.min(pauseMs * 1.5, 40)) {
      signal?.throwIfAborted();
      const dead = this.#deadHolder(subject);
      if (dead !== undefined) await orphansGone(dead);
      if (this.#try(subject, purpose)) return;
      const holder = this.holder(subject);
      if (holder === undefined) continue;
      if (timeoutMs !== undefined && performance.now() - start > timeoutMs)
        throw new Refusal('busy', [subject, holder.purpose, holder.pid]);
      if (!told) onWait?.(holder.purpose, holder.pid);
      told = true;
      await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())));
    }
  }

  #deadHolder(subject: string): string | undefined {
    const row = this.#db.one('select holder from lock where subject = ?', subject);
    const mark = String(row?.['holder']);
    return row === undefined || isAlive(mark) ? undefined : mark;
  }

  #try(subject: string, purpose: string): boolean {
    return this.#db.transaction(() => {
      const held = this.#db.one('select holder from lock where subject = ?', subject);
      if (held && isAlive(String(held['holder']))) return false;
      this.#db.do('insert or replace into lock values (?, ?, ?)', subject, ownMark(), purpose);
      return true;
    });
  }
}
