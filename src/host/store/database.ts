/** SQLite, as isola uses it: one file, many processes, any of which may be killed at any point. */
import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Refusal } from '../../environment/index.ts';
import { hasCode } from '../file/files.ts';
import { Reserve } from './reserve.ts';

export type Row = Readonly<Record<string, SQLInputValue>>;

/** One step of a schema's history. Its number is its place in the list; a step once released is never changed. */
export interface Schema {
  /** Whose tables these are. */
  readonly owner: string;
  readonly steps: readonly string[];
}

/**
 * A write-ahead log makes readers never wait and a killed writer leave no trace. `transaction` takes the write lock at once, so
 * what it reads stays true until it commits.
 */
export class Database implements Disposable {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #reserve: Reserve;

  /** Opens or creates the file and brings every schema up to date. Throws `store-unusable` or `no-space`, as all its methods do. */
  constructor(path: string, schemas: readonly Schema[]) {
    this.#path = path;
    this.#reserve = new Reserve(`${path}-reserve`);
    try {
      // Variables that were ordered may be secrets; the files SQLite puts beside it get the same mode.
      closeSync(openSync(path, 'a', 0o600));
      this.#db = new DatabaseSync(path);
    } catch (error) {
      throw asRefusal(error, path);
    }
    try {
      this.#exec('pragma busy_timeout = 20000; pragma foreign_keys = on');
      const wanted = schemas.reduce((sum, schema) => sum + schema.steps.length, 0);
      const version = Number(this.one('pragma user_version')?.['user_version']);
      // Before anything is changed.
      if (version > wanted) throw this.#newer();
      this.#exec('pragma journal_mode = wal; pragma synchronous = normal');
      if (version !== wanted) this.#migrate(schemas, wanted);
      this.#reserve.keep();
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#try(() => this.#db.prepare(sql).all(...values) as Row[]);
  }

  one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#try(() => this.#db.prepare(sql).get(...values) as Row | undefined);
  }

  /** Returns the number of rows changed. */
  do(sql: string, ...values: SQLInputValue[]): number {
    return this.#try(() => Number(this.#db.prepare(sql).run(...values).changes));
  }

  /** All or nothing, alone among writers. `durable`: on disk when it returns, even if power is cut then. */
  transaction<T>(work: () => T, options: { readonly durable?: boolean } = {}): T {
    if (options.durable) this.#exec('pragma synchronous = full');
    try {
      this.#exec('begin immediate');
      const result = work();
      this.#exec('commit');
      return result;
    } catch (error) {
      // SQLite undoes some of its own failures.
      if (this.#db.isTransaction) this.#exec('rollback');
      throw error;
    } finally {
      if (options.durable) this.#exec('pragma synchronous = normal');
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #migrate(schemas: readonly Schema[], wanted: number): void {
    this.transaction(
      () => {
        this.#exec('create table if not exists schema_step (owner text primary key, steps integer not null) strict');
        for (const { owner, steps } of schemas) {
          const done = Number(this.one('select steps from schema_step where owner = ?', owner)?.['steps'] ?? 0);
          if (done > steps.length) throw this.#newer();
          for (const step of steps.slice(done)) this.#exec(step);
          this.do('insert or replace into schema_step values (?, ?)', owner, steps.length);
        }
        this.#exec(`pragma user_version = ${wanted}`);
      },
      { durable: true },
    );
  }

  #newer(): Refusal {
    return new Refusal('store-unusable', [this.#path, 'a newer isola made it; use that one, or another store']);
  }

  #exec(sql: string): void {
    this.#try(() => this.#db.exec(sql));
  }

  /** One statement; where the disk is full, once more with the room kept for that: on a full disk, too, things can be deleted. */
  #try<T>(statement: () => T): T {
    const within = this.#db.isTransaction;
    try {
      return statement();
    } catch (error) {
      const again = isFull(error) && this.#db.isTransaction === within && this.#reserve.release();
      if (!again) throw asRefusal(error, this.#path);
    }
    try {
      return statement();
    } catch (error) {
      throw asRefusal(error, this.#path);
    }
  }
}

/** Result codes that are the disk's or the file's fault: sqlite.org/rescode.html. Any other is a mistake of isola's. */
const faults: Readonly<Record<number, string>> = {
  5: 'another process has held it for 20 seconds',
  8: 'it can only be read',
  10: 'its disk fails',
  11: 'it is damaged; restore it from a backup',
  14: 'it can’t be opened',
  26: 'it is no database; restore it from a backup',
};
const full = 13;
/** An extended code of 10: the log's index could not grow. */
const indexFull = 10 | (19 << 8);

const codeOf = (error: unknown): number | undefined => (error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined);

const isFull = (error: unknown): boolean => {
  const code = codeOf(error);
  return code !== undefined && (code === indexFull || (code & 0xff) === full);
};

const asRefusal = (error: unknown, path: string): unknown => {
  if (hasCode(error, 'EROFS')) return new Refusal('store-unusable', [path, 'it can only be read'], { cause: error });
  const code = codeOf(error);
  if (code === undefined || !(error instanceof Error)) return error;
  if (isFull(error)) return new Refusal('no-space', ['the registry', dirname(path)], { cause: error });
  const fault = faults[code & 0xff];
  return fault === undefined ? error : new Refusal('store-unusable', [path, `${fault} (${error.message})`], { cause: error });
};
