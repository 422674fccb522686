/** The store: its tree, transactions of the guest's, and who watches what: docs/misc/xenstore.txt of Xen 4.17. */
import { flag, part, type StateOf, some, u32 } from '../../../machine/index.ts';
import { Domain } from '../numbers.ts';
import { text } from './fields.ts';
import { isWithin, type Nodes, nodesField, quota, Refused, Tree } from './tree.ts';

/** Quotas beside the tree's. */
const most = { watches: 128, transactions: 10, tokenBytes: 1024, changes: 4096 } as const;

const watch = { path: text(quota.pathBytes), token: text(most.tokenBytes) };
/** `isAlone`: of what is gone with something above it only who watches it itself hears. */
const change = { path: text(quota.pathBytes), isAlone: flag };
const transaction = { id: u32, since: u32, nodes: nodesField, changed: some(most.changes, part(change)) };

export const storeSchema = {
  nodes: nodesField,
  /** How often the tree has changed, modulo 2³². */
  changes: u32,
  watches: some(most.watches, part(watch)),
  transactions: some(most.transactions, part(transaction)),
  lastId: u32,
};
export type StoreState = StateOf<typeof storeSchema>;
type Transaction = StateOf<typeof transaction>;
export type Change = StateOf<typeof change>;

/** Told of what changed, once for each watch: the path as the watch has it, and its token. */
export type Told = (path: string, token: string) => void;

export class Store {
  readonly #state: () => StoreState;
  readonly #told: Told;
  /** Ends of Xen's own, which look at what changed. */
  readonly #own = new Map<string, () => void>();

  constructor(state: () => StoreState, told: Told) {
    this.#state = state;
    this.#told = told;
  }

  /** Xen's own view, in which all may be done. */
  get own(): Tree {
    return new Tree(this.#state().nodes, Domain.back);
  }

  /** Xen writes; the guest's watches hear of it. */
  write(name: string, value: string): void {
    this.own.write(name, value);
    this.#changed([{ path: name, isAlone: false }]);
  }

  /** An end of Xen's hears of changes at a path. */
  onChange(name: string, heard: () => void): void {
    this.#own.set(name, heard);
  }

  /** What is at a path; undefined where nothing is. */
  at(name: string): string | undefined {
    return this.#state().nodes.get(name)?.value;
  }

  /** Whether the guest hears of changes there. */
  isWatched(name: string): boolean {
    return this.#state().watches.some(({ path }) => absoluteOf(path) === name);
  }

  /** How often all has changed. */
  get generation(): number {
    return this.#state().changes;
  }

  /** The tree as the guest sees it, within a transaction or without: 0. */
  seen(id: number): Tree {
    return new Tree(id === 0 ? this.#state().nodes : this.#find(id).nodes, Domain.guest);
  }

  /** The guest has changed that, within a transaction or without. */
  did(id: number, changed: readonly Change[]): void {
    if (id === 0) this.#changed(changed);
    else {
      const { changed: all } = this.#find(id);
      for (const one of changed)
        if (all.length < most.changes && !all.some(({ path, isAlone }) => path === one.path && isAlone === one.isAlone)) all.push(one);
    }
  }

  begin(): number {
    const state = this.#state();
    if (state.transactions.length >= most.transactions) throw new Refused('ENOSPC');
    do state.lastId = (state.lastId + 1) >>> 0;
    while (state.lastId === 0 || state.transactions.some(({ id }) => id === state.lastId));
    state.transactions.push({ id: state.lastId, since: state.changes, nodes: new Map(state.nodes), changed: [] });
    return state.lastId;
  }

  /** `isKept`: what it did happens now, unless something else has happened meanwhile. */
  end(id: number, isKept: boolean): void {
    const state = this.#state();
    const found = this.#find(id);
    state.transactions.splice(state.transactions.indexOf(found), 1);
    if (!isKept || found.changed.length === 0) return;
    if (found.since !== state.changes) throw new Refused('EAGAIN');
    state.nodes = found.nodes;
    this.#changed(found.changed);
  }

  /** Begins with an event of its own. */
  watch(path: string, token: string): void {
    const { watches } = this.#state();
    if (watches.some((one) => one.path === path && one.token === token)) throw new Refused('EEXIST');
    if (watches.length >= most.watches || token.length > most.tokenBytes) throw new Refused('ENOSPC');
    watches.push({ path, token });
  }

  unwatch(path: string, token: string): void {
    const { watches } = this.#state();
    const index = watches.findIndex((one) => one.path === path && one.token === token);
    if (index < 0) throw new Refused('ENOENT');
    watches.splice(index, 1);
  }

  /** No watches, no transactions: a kernel begins that knows of none. */
  forget(): void {
    const state = this.#state();
    state.watches = [];
    state.transactions = [];
  }

  #find(id: number): Transaction {
    const found = this.#state().transactions.find((one) => one.id === id);
    if (found === undefined) throw new Refused('ENOENT');
    return found;
  }

  #changed(all: readonly Change[]): void {
    if (all.length === 0) return;
    const state = this.#state();
    state.changes = (state.changes + 1) >>> 0;
    for (const { path: name, isAlone } of all) {
      for (const { path, token } of state.watches) {
        const absolute = absoluteOf(path);
        if (isAlone ? name !== absolute : !isWithin(name, absolute)) continue;
        this.#told(path === absolute ? name : path + name.slice(absolute.length), token);
      }
    }
    for (const [path, heard] of this.#own) if (all.some((one) => isWithin(path, one.path))) heard();
  }
}

/** The guest's own part of the tree, from which names are that don't begin at the root. */
export const home = `/local/domain/${Domain.guest}`;

export const absoluteOf = (name: string): string => (name.startsWith('/') || name.startsWith('@') ? name : `${home}/${name}`);

export const emptyStore = (nodes: Nodes): StoreState => ({ nodes, changes: 0, watches: [], transactions: [], lastId: 0 });
