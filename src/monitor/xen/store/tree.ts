/** What is in the store: values by their paths, and who may see and change them: docs/misc/xenstore.txt of Xen 4.17. */
import { part, type StateOf, some } from '../../../machine/index.ts';
import { Domain } from '../numbers.ts';
import { table, text } from './fields.ts';

/** Quotas, as xenstored has them for a guest. */
export const quota = { nodes: 1000, valueBytes: 2048, permissions: 5, pathBytes: 3072, relativeBytes: 2048 } as const;
/** What Xen itself has in it, too. */
export const mostNodes = 4 * quota.nodes;

/** Errors as they are told: xen/include/public/io/xs_wire.h, xsd_errors. */
export type StoreError = 'EINVAL' | 'EACCES' | 'EEXIST' | 'ENOENT' | 'ENOSPC' | 'ENOSYS' | 'EBUSY' | 'EAGAIN' | 'E2BIG';

/** `permissions`: n, r, w or b and a domain's number each; the first one's is the owner's, and its letter anybody's. */
const node = { value: text(quota.valueBytes), permissions: some(quota.permissions, text(8)) };
export type Node = Readonly<StateOf<typeof node>>;
export type Nodes = Map<string, Node>;

const path = text(quota.pathBytes);
export const nodesField = table(mostNodes, path, part(node));

/** An absolute path's parent; that of the root is the root. */
export const parentOf = (name: string): string => name.slice(0, Math.max(name.lastIndexOf('/'), 0)) || '/';

/** Whether it is that, or below it. */
export const isWithin = (name: string, above: string): boolean => name === above || above === '/' || name.startsWith(`${above}/`);

const ownerOf = ({ permissions }: Node): number => Number((permissions[0] ?? '').slice(1));

export const isPermission = (word: string): boolean => /^[nrwb]\d{1,5}$/.test(word);

/** Whether a domain may read, or write. */
const may = (one: Node, domain: number, letter: 'r' | 'w'): boolean => {
  if (domain === Domain.back || ownerOf(one) === domain) return true;
  const own = one.permissions.slice(1).find((word) => Number(word.slice(1)) === domain) ?? one.permissions[0];
  return own !== undefined && (own[0] === letter || own[0] === 'b');
};

/** A tree as a domain sees it. What it throws is a `StoreError`'s word in a `Refused`. */
export class Tree {
  readonly nodes: Nodes;
  readonly #domain: number;

  constructor(nodes: Nodes, domain: number) {
    this.nodes = nodes;
    this.#domain = domain;
  }

  read(name: string): string {
    return this.#seen(name).value;
  }

  permissions(name: string): readonly string[] {
    return this.#seen(name).permissions;
  }

  /** Names of what is directly below, in the order in which it came. */
  directory(name: string): readonly string[] {
    this.#seen(name);
    const begin = name === '/' ? '/' : `${name}/`;
    const names: string[] = [];
    for (const one of this.nodes.keys())
      if (one.length > begin.length && one.startsWith(begin) && one.indexOf('/', begin.length) < 0) names.push(one.slice(begin.length));
    return names;
  }

  /** What is on the way there is made, too. */
  write(name: string, value: string): void {
    if (value.length > quota.valueBytes) throw new Refused('E2BIG');
    const found = this.nodes.get(name);
    if (found === undefined) this.#make(name, value);
    else {
      if (!may(found, this.#domain, 'w')) throw new Refused('EACCES');
      this.nodes.set(name, { ...found, value });
    }
  }

  make(name: string): void {
    if (!this.nodes.has(name)) this.#make(name, '');
  }

  /** With all below. What isn't there is gone already, if there is something it could be in. */
  remove(name: string): readonly string[] {
    if (name === '/') throw new Refused('EINVAL');
    const found = this.nodes.get(name);
    if (found === undefined) {
      if (!this.nodes.has(parentOf(name))) throw new Refused('ENOENT');
      return [];
    }
    if (!may(found, this.#domain, 'w')) throw new Refused('EACCES');
    const gone = [...this.nodes.keys()].filter((one) => isWithin(one, name));
    for (const one of gone) this.nodes.delete(one);
    return gone;
  }

  setPermissions(name: string, permissions: readonly string[]): void {
    const found = this.#seen(name);
    if (permissions.length === 0 || permissions.length > quota.permissions || !permissions.every(isPermission)) throw new Refused('EINVAL');
    const owner = ownerOf(found);
    if (this.#domain !== Domain.back && (owner !== this.#domain || Number(permissions[0]?.slice(1)) !== owner)) throw new Refused('EACCES');
    this.nodes.set(name, { ...found, permissions: [...permissions] });
  }

  #seen(name: string): Node {
    const found = this.nodes.get(name);
    if (found === undefined) throw new Refused('ENOENT');
    if (!may(found, this.#domain, 'r')) throw new Refused('EACCES');
    return found;
  }

  /** A new node has its parent's permissions, and belongs to whoever makes it. */
  #make(name: string, value: string): void {
    const missing: string[] = [];
    let above = name;
    for (; !this.nodes.has(above); above = parentOf(above)) missing.unshift(above);
    const parent = this.nodes.get(above);
    if (parent === undefined || !may(parent, this.#domain, 'w')) throw new Refused('EACCES');
    const most = this.#domain === Domain.back ? mostNodes : mostNodes - quota.nodes;
    if (this.nodes.size + missing.length > most || this.#owned + missing.length > quota.nodes) throw new Refused('ENOSPC');
    const [first = 'n0', ...others] = parent.permissions;
    const permissions = this.#domain === Domain.back ? [...parent.permissions] : [`${first[0]}${this.#domain}`, ...others];
    for (const one of missing) this.nodes.set(one, { value: one === name ? value : '', permissions });
  }

  /** How many are the domain's; of Xen's own nobody counts. */
  get #owned(): number {
    if (this.#domain === Domain.back) return 0;
    let count = 0;
    for (const one of this.nodes.values()) if (ownerOf(one) === this.#domain) count++;
    return count;
  }
}

/** A request that is answered by an error. */
export class Refused extends Error {
  readonly code: StoreError;

  constructor(code: StoreError) {
    super(code);
    this.code = code;
  }
}
