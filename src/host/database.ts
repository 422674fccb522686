/** SQLite, as isola uses it: one file, many processes, any of which may be killed at any point. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Refusal } from '../environment/index.ts';

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

  /** Opens or creates the file and brings every schema up to date. Throws `store-unusable`. */
  constructor(path: string, schemas: readonly Schema[]) {
    try {
      this.#db = new DatabaseSync(path);
      this.#db.exec('pragma busy_timeout = 20000; pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on');
    } catch (error) {
      throw new Refusal('store-unusable', [path, error instanceof Error ? error.message : String(error)], { cause: error });
    }
    this.#migrate(path, schemas);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#db.prepare(sql).all(...values) as Row[];
  }

  one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#db.prepare(sql).get(...values) as Row | undefined;
  }

  /** Returns the number of rows changed. */
  do(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#db.prepare(sql).run(...values).changes);
  }

  /** All or nothing, alone among writers. `durable`: on disk when it returns, even if power is cut then. */
  transaction<T>(work: () => T, options: { readonly durable?: boolean } = {}): T {
    if (options.durable) this.#db.exec('pragma synchronous = full');
    this.#db.exec('begin immediate');
    try {
      const result = work();
      this.#db.exec('commit');
      return result;
    } catch (error) {
      this.#db.exec('rollback');
      throw error;
    } finally {
      if (options.durable) this.#db.exec('pragma synchronous = normal');
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #migrate(path: string, schemas: readonly Schema[]): void {
    const wanted = schemas.reduce((sum, schema) => sum + schema.steps.length, 0);
    const version = (): number => Number(this.one('pragma user_version')?.['user_version']);
    if (version() === wanted) return;
    this.transaction(
      () => {
        this.#db.exec('create table if not exists schema_step (owner text primary key, steps integer not null) strict');
        for (const { owner, steps } of schemas) {
          const done = Number(this.one('select steps from schema_step where owner = ?', owner)?.['steps'] ?? 0);
          if (done > steps.length) throw new Refusal('store-unusable', [path, 'a newer isola made it; use that one, or another store']);
          for (const step of steps.slice(done)) this.#db.exec(step);
          this.do('insert or replace into schema_step values (?, ?)', owner, steps.length);
        }
        this.#db.exec(`pragma user_version = ${wanted}`);
      },
      { durable: true },
    );
  }
}
