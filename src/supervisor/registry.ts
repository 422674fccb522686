/** The registry of environments: what was ordered, what is under way, and what was last known. The host tells the rest. */
import {
  type Address,
  type Cause,
  type Definition,
  type Digest,
  type Exit,
  type Id,
  type ImageStore,
  type Made,
  makeId,
  type Name,
  nearest,
  parseName,
  Refusal,
  type Spec,
  specShape,
  type Template,
} from '../environment/index.ts';
import { bootId, type Database, ownMark, type Row, type Schema } from '../host/index.ts';

export const registrySchema: Schema = {
  owner: 'registry',
  steps: [
    `create table meta (key text primary key, value text not null) strict;
     create table environment (
       id text primary key, name text not null unique, spec text not null, digest text not null,
       slot integer not null unique, address text unique, made text,
       phase text not null, boot text, intent text, owner text,
       created_at integer not null, started_at integer, exit_code integer, exit_signal text
     ) strict;
     create table snapshot (
       environment text not null references environment on delete cascade, name text not null,
       created_at integer not null, bytes integer not null, how text not null, primary key (environment, name)
     ) strict;`,
    'alter table environment add column exit_cause text',
  ],
};

/** What was being done when a row was last touched; a dead owner means it was interrupted there. */
export type Intent = 'create' | 'run' | 'start' | 'stop' | 'delete' | 'snapshot' | 'restore' | 'set' | 'rename';

export interface Entry {
  readonly definition: Definition;
  readonly phase: 'creating' | 'stopped' | 'running' | 'paused';
  /** Whether it was put in this phase since the host came up. */
  readonly thisBoot: boolean;
  readonly intent: Intent | null;
  /** Mark of the process whose intent it is, or whose attached run. */
  readonly owner: string | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly exit: Exit | null;
}

export interface SnapshotEntry {
  readonly environment: Name;
  readonly name: string;
  readonly createdAt: number;
  readonly bytes: number;
  readonly how: string;
}

/** Slots are 16 bits of user ids each, and a bridge has about a thousand ports. */
export const slotsMost = 1000;

/** How an address is made from its number on the bridge; given by whoever knows the bridge. */
export interface AddressBook {
  /** The n-th address for environments, 0 …. Throws `exhausted` past the last. */
  at(n: number): Address;
  /** The one asked for. Throws `address-outside`. */
  exactly(ip: string): Address;
}

export interface NewEnvironment {
  /** undefined: made from the image's name and the id. */
  readonly name: Name | undefined;
  readonly spec: Spec;
  readonly digest: Digest;
  readonly book: AddressBook | undefined;
  readonly intent: Intent;
}

export class Registry {
  readonly #db: Database;
  readonly #images: Pick<ImageStore, 'template'>;
  /** A digest names one template for ever. */
  readonly #templates = new Map<Digest, Template>();
  /** Specifications by their text, each checked once. */
  readonly #specs = new Map<string, Spec>();

  constructor(db: Database, images: Pick<ImageStore, 'template'>) {
    this.#db = db;
    this.#images = images;
  }

  all(): readonly Entry[] {
    return this.#db.all('select * from environment order by created_at, name').map((row) => this.#entry(row));
  }

  /** Throws `unknown-environment`, with the nearest name. */
  get(name: string): Entry {
    const entry = this.find(name);
    if (entry !== undefined) return entry;
    const names = this.#db.all('select name from environment').map((row) => String(row['name']));
    throw new Refusal('unknown-environment', [name, nearest(name, names)]);
  }

  /** By name, or by id. */
  find(nameOrId: string): Entry | undefined {
    const row = this.#db.one('select * from environment where name = ?1 or id = ?1', nameOrId);
    return row && this.#entry(row);
  }

  /** An id no environment has. */
  freshId(): Id {
    return makeId(this.random(4));
  }

  /** Writes down a new environment before anything of it is made. Throws `name-taken`, `address-taken` or `exhausted`. */
  insert(id: Id, order: NewEnvironment): Entry {
    const { spec, digest, book, intent } = order;
    return this.#db.transaction(
      () => {
        const name = order.name ?? parseName(`${spec.ephemeral ? 'run' : baseName(spec.image)}-${id.slice(0, 6)}`);
        if (this.find(name) !== undefined) throw new Refusal('name-taken', [name]);
        // Within the transaction: nobody can prune the image between here and the row that keeps it.
        this.#images.template(digest);
        const address = book === undefined ? null : this.#freeAddress(book, spec.address);
        const named: Spec = { ...spec, hostname: spec.hostname === '' ? name : spec.hostname };
        this.#db.do(
          `insert into environment (id, name, spec, digest, slot, address, phase, boot, intent, owner, created_at)
           values (?, ?, ?, ?, ?, ?, 'creating', ?, ?, ?, ?)`,
          ...[id, name, JSON.stringify(named), digest, this.#freeSlot(), address === null ? null : JSON.stringify(address)],
          ...[bootId(), intent, ownMark(), Date.now()],
        );
        return this.get(name);
      },
      { durable: !spec.ephemeral },
    );
  }

  /** What is being done from now on, by this process. */
  intend(id: Id, intent: Intent): void {
    this.intendFor(id, intent, ownMark());
  }

  /** Gives an intent back to the process it belongs to. */
  intendFor(id: Id, intent: Intent | null, owner: string | null): void {
    this.#db.do('update environment set intent = ?, owner = ? where id = ?', intent, owner, id);
  }

  /** Whether any environment was put to work since the host came up. */
  anyRunning(): boolean {
    return this.#db.one(`select 1 from environment where phase <> 'stopped' and boot = ? limit 1`, bootId()) !== undefined;
  }

  /** Environments with something under way, by whomever, or that ran when the host went down. */
  unsettled(): readonly Entry[] {
    return this.#db
      .all(
        `select * from environment where intent is not null or (phase in ('running', 'paused') and boot <> ?) order by created_at`,
        bootId(),
      )
      .map((row) => this.#entry(row));
  }

  /** Whether any environment has an order of its start at boot. */
  anyOnboot(): boolean {
    return this.#db.one(`select 1 from environment where spec ->> '$.onboot' is not null limit 1`) !== undefined;
  }

  /** What was written down so far is there after a power cut, too; costs a sync of the disk. SQLite syncs only where something is new. */
  harden(): void {
    this.#db.transaction(() => this.#db.do(`insert or replace into meta values ('hardened', hex(randomblob(8)))`), { durable: true });
  }

  made(id: Id, made: Made): void {
    this.#db.do('update environment set made = ? where id = ?', JSON.stringify(made), id);
  }

  /** It has reached a phase, and nothing is under way any more. */
  reached(id: Id, phase: 'stopped' | 'running' | 'paused', exit?: Exit | null): void {
    this.#db.transaction(() => {
      this.#db.do('update environment set phase = ?, boot = ?, intent = null, owner = null where id = ?', phase, bootId(), id);
      if (exit !== undefined)
        this.#db.do(
          'update environment set exit_code = ?, exit_signal = ?, exit_cause = ? where id = ?',
          ...[exit?.code ?? null, exit?.signal ?? null, exit?.cause === undefined ? null : JSON.stringify(exit.cause), id],
        );
    });
  }

  phase(id: Id, phase: 'running' | 'paused'): void {
    this.#db.do('update environment set phase = ?, boot = ? where id = ?', phase, bootId(), id);
  }

  /** It runs since now, and nothing is under way any more; or its end is bound to this process's, as a run's is. */
  started(id: Id, bound: boolean): void {
    this.#db.do(
      `update environment set phase = 'running', boot = ?, started_at = ?, exit_code = null, exit_signal = null, exit_cause = null, intent = ?, owner = ?
       where id = ?`,
      ...[bootId(), Date.now(), bound ? 'run' : null, bound ? ownMark() : null, id],
    );
  }

  respecify(id: Id, spec: Spec): void {
    this.#db.transaction(() => this.#db.do('update environment set spec = ? where id = ?', JSON.stringify(spec), id), { durable: true });
  }

  /** What it shall be, and what was made for that, are others at once. */
  remade(id: Id, spec: Spec, made: Made): void {
    const parts = [JSON.stringify(spec), JSON.stringify(made), id];
    this.#db.transaction(() => this.#db.do('update environment set spec = ?, made = ? where id = ?', ...parts), { durable: true });
  }

  rename(id: Id, name: Name, spec: Spec): void {
    this.#db.transaction(
      () => {
        if (this.find(name) !== undefined) throw new Refusal('name-taken', [name]);
        this.#db.do('update environment set name = ?, spec = ? where id = ?', name, JSON.stringify(spec), id);
      },
      { durable: true },
    );
  }

  remove(id: Id): void {
    this.#db.do('delete from environment where id = ?', id);
  }

  snapshots(id?: Id): readonly SnapshotEntry[] {
    return this.#db
      .all(
        `select snapshot.*, environment.name as environment_name from snapshot join environment on environment.id = environment
         where ?1 is null or environment = ?1 order by environment_name, snapshot.created_at, snapshot.name`,
        id ?? null,
      )
      .map((row) => ({
        environment: parseName(String(row['environment_name'])),
        name: String(row['name']),
        createdAt: Number(row['created_at']),
        bytes: Number(row['bytes']),
        how: String(row['how']),
      }));
  }

  addSnapshot(id: Id, { name, bytes, how }: Pick<SnapshotEntry, 'name' | 'bytes' | 'how'>): void {
    this.#db.do('insert into snapshot values (?, ?, ?, ?, ?)', id, name, Date.now(), bytes, how);
  }

  removeSnapshot(id: Id, name: string): void {
    this.#db.do('delete from snapshot where environment = ? and name = ?', id, name);
  }

  /** A value that belongs to the store, made once. */
  async fixed(key: string, make: () => string | Promise<string>): Promise<string> {
    const known = this.#db.one('select value from meta where key = ?', key)?.['value'];
    if (known !== undefined) return String(known);
    this.#db.do('insert or ignore into meta values (?, ?)', key, await make());
    return String(this.#db.one('select value from meta where key = ?', key)?.['value']);
  }

  /** Random bytes as hex digits, from SQLite: node:crypto alone would add 5 ms to every start. */
  random(bytes: number): string {
    return String(this.#db.one('select lower(hex(randomblob(?))) as hex', bytes)?.['hex']);
  }

  isFixed(key: string): boolean {
    return this.#db.one('select 1 from meta where key = ?', key) !== undefined;
  }

  /** Which environments use which image. */
  usedImages(): ReadonlyMap<Digest, readonly string[]> {
    const used = new Map<Digest, string[]>();
    for (const row of this.#db.all('select digest, name from environment order by name')) {
      const digest = String(row['digest']) as Digest;
      used.set(digest, [...(used.get(digest) ?? []), String(row['name'])]);
    }
    return used;
  }

  #spec(text: string): Spec {
    const known = this.#specs.get(text);
    if (known !== undefined) return known;
    const spec = specShape.check(JSON.parse(text), 'the stored specification');
    if (this.#specs.size >= slotsMost) this.#specs.clear();
    this.#specs.set(text, spec);
    return spec;
  }

  #template(digest: Digest): Template {
    const template = this.#templates.get(digest) ?? this.#images.template(digest);
    this.#templates.set(digest, template);
    return template;
  }

  #freeSlot(): number {
    const row = this.#db.one(
      `select min(slot) + 1 as free from (select -1 as slot union all select slot from environment)
       where slot + 1 not in (select slot from environment)`,
    );
    const free = Number(row?.['free']);
    if (free >= slotsMost) throw new Refusal('exhausted', ['places for environments', slotsMost]);
    return free;
  }

  #freeAddress(book: AddressBook, wanted: string | null): Address {
    const taken = new Map<string, string>();
    for (const row of this.#db.all(`select name, address ->> '$.ip' as ip from environment where address is not null`))
      taken.set(String(row['ip']), String(row['name']));
    if (wanted !== null) {
      const address = book.exactly(wanted);
      const owner = taken.get(address.ip);
      if (owner !== undefined) throw new Refusal('address-taken', [wanted, owner]);
      return address;
    }
    for (let n = 0; ; n++) {
      const address = book.at(n);
      if (!taken.has(address.ip)) return address;
    }
  }

  #entry(row: Row): Entry {
    const made: Made | null = row['made'] === null ? null : JSON.parse(String(row['made']));
    const address: Address | null = row['address'] === null ? null : JSON.parse(String(row['address']));
    return {
      definition: {
        id: String(row['id']) as Id,
        name: parseName(String(row['name'])),
        spec: this.#spec(String(row['spec'])),
        template: this.#template(String(row['digest']) as Digest),
        slot: Number(row['slot']),
        address,
        made,
      },
      phase: String(row['phase']) as Entry['phase'],
      thisBoot: row['boot'] === bootId(),
      intent: row['intent'] === null ? null : (String(row['intent']) as Intent),
      owner: row['owner'] === null ? null : String(row['owner']),
      createdAt: Number(row['created_at']),
      startedAt: row['started_at'] === null ? null : Number(row['started_at']),
      exit: exitIn(row),
    };
  }
}

const exitIn = (row: Row): Exit | null => {
  if (row['exit_code'] === null) return null;
  const signal = row['exit_signal'] === null ? null : String(row['exit_signal']);
  const cause: Cause | undefined = row['exit_cause'] === null ? undefined : JSON.parse(String(row['exit_cause']));
  return { code: Number(row['exit_code']), signal, ...(cause !== undefined && { cause }) };
};

/** `oci:host/group/alpine:3.22` → `alpine`, `debian/12` → `debian`. */
const baseName = (image: string): string => {
  const path = image
    .replace(/^oci:/, '')
    .replace(/@.*$/, '')
    .replace(/:[^/]*$/, '')
    .split('/');
  const last = path.at(-1) ?? '';
  const word = (/^[\d.]+$/.test(last) ? path.at(-2) : last) ?? '';
  return (
    word
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 40) || 've'
  );
};
