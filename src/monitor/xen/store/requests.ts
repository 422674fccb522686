/** Requests of the guest to the store, each as bytes, and what is answered: xen/include/public/io/xs_wire.h. */
import { Domain } from '../numbers.ts';
import { textOf } from './fields.ts';
import { absoluteOf, home, type Store } from './store.ts';
import { quota, Refused } from './tree.ts';

export const Type = {
  ...{ control: 0, directory: 1, read: 2, getPermissions: 3, watch: 4, unwatch: 5, begin: 6, end: 7, domainPath: 10, write: 11 },
  ...{ make: 12, remove: 13, setPermissions: 14, event: 15, error: 16, isIntroduced: 17, resetWatches: 21, directoryPart: 22 },
} as const;
export const headerBytes = 16;
/** XENSTORE_PAYLOAD_MAX. */
export const payloadBytes = 4096;

export interface Request {
  readonly type: number;
  /** Within which transaction; 0: none. */
  readonly transaction: number;
  readonly payload: Uint8Array;
}

export interface Reply {
  readonly type: number;
  readonly payload: string;
  /** What is told at once behind it: a watch begins with an event. */
  readonly event?: string;
}

const done = 'OK\0';

/** What it asks for happens, or nothing. */
export const replyTo = (store: Store, request: Request): Reply => {
  try {
    const payload = perform(store, request);
    if (payload.length > payloadBytes) throw new Refused('E2BIG');
    const { type } = request;
    return type === Type.watch ? { type, payload, event: textOf(request.payload) } : { type, payload };
  } catch (error) {
    if (error instanceof Refused) return { type: Type.error, payload: `${error.code}\0` };
    throw error;
  }
};

const perform = (store: Store, { type, transaction, payload }: Request): string => {
  const all = textOf(payload);
  const words = all.split('\0');
  switch (type) {
    case Type.control:
      return done;
    case Type.directory:
      return store
        .seen(transaction)
        .directory(only(words))
        .map((name) => `${name}\0`)
        .join('');
    case Type.directoryPart:
      return partOf(store, transaction, words);
    case Type.read:
      return store.seen(transaction).read(only(words));
    case Type.getPermissions:
      return store
        .seen(transaction)
        .permissions(only(words))
        .map((word) => `${word}\0`)
        .join('');
    case Type.write: {
      const end = all.indexOf('\0');
      if (end < 0) throw new Refused('EINVAL');
      const name = pathIn(all.slice(0, end));
      store.seen(transaction).write(name, all.slice(end + 1));
      store.did(transaction, [{ path: name, isAlone: false }]);
      return done;
    }
    case Type.make: {
      const name = only(words);
      store.seen(transaction).make(name);
      store.did(transaction, [{ path: name, isAlone: false }]);
      return done;
    }
    case Type.remove: {
      const name = only(words);
      const gone = store.seen(transaction).remove(name);
      store.did(
        transaction,
        gone.map((path, index) => ({ path, isAlone: index > 0 })),
      );
      return done;
    }
    case Type.setPermissions: {
      const [first = '', ...others] = words.slice(0, -1);
      const name = pathIn(first);
      store.seen(transaction).setPermissions(name, others);
      store.did(transaction, [{ path: name, isAlone: false }]);
      return done;
    }
    case Type.watch:
    case Type.unwatch: {
      const [first = '', token, last] = words;
      if (token === undefined || last === undefined) throw new Refused('EINVAL');
      const path = watched(first);
      if (type === Type.watch) store.watch(path, token);
      else store.unwatch(path, token);
      return done;
    }
    case Type.begin:
      if (transaction !== 0) throw new Refused('EBUSY');
      return `${store.begin()}\0`;
    case Type.end: {
      if (words[0] !== 'T' && words[0] !== 'F') throw new Refused('EINVAL');
      store.end(transaction, words[0] === 'T');
      return done;
    }
    case Type.domainPath:
      return `/local/domain/${numberIn(words)}\0`;
    case Type.isIntroduced:
      return numberIn(words) === Domain.guest || numberIn(words) === Domain.back ? 'T\0' : 'F\0';
    case Type.resetWatches:
      store.forget();
      return done;
    default:
      throw new Refused('ENOSYS');
  }
};

/** Of a directory whose names don't fit in one answer: from a byte on, behind how often all has changed. */
const partOf = (store: Store, transaction: number, [first = '', from = '']: readonly string[]): string => {
  if (!/^\d{1,9}$/.test(from)) throw new Refused('EINVAL');
  const names = store.seen(transaction).directory(pathIn(first));
  const whole = `${names.map((name) => `${name}\0`).join('')}`;
  const generation = `${store.generation}\0`;
  const at = Number(from);
  if (at > whole.length) throw new Refused('EINVAL');
  const room = payloadBytes - generation.length - 1;
  const some = whole.slice(at, at + room);
  const end = at + some.length >= whole.length ? some.length : some.lastIndexOf('\0') + 1;
  return `${generation}${some.slice(0, end)}${at + end >= whole.length ? '\0' : ''}`;
};

/** One word that a zero ends. */
const only = (words: readonly string[]): string => {
  if (words.length !== 2 || words[1] !== '') throw new Refused('EINVAL');
  return pathIn(words[0] ?? '');
};

const numberIn = ([word = '']: readonly string[]): number => {
  if (!/^\d{1,5}$/.test(word)) throw new Refused('EINVAL');
  return Number(word) === Domain.self ? Domain.guest : Number(word);
};

/** An absolute path, of one that may begin at the guest's own part. */
const pathIn = (word: string): string => {
  if (!isPath(word)) throw new Refused('EINVAL');
  return absoluteOf(word);
};

/** What is watched may be one of Xen's own words, too. */
const watched = (word: string): string => {
  if (!/^@[A-Za-z]{1,64}$/.test(word) && !isPath(word)) throw new Refused('EINVAL');
  return word;
};

const isPath = (word: string): boolean =>
  word.length <= (word.startsWith('/') ? quota.pathBytes : quota.relativeBytes - home.length) &&
  (word === '/' || /^\/?[\w\-/@+:.]*[\w\-@+:.]$/.test(word)) &&
  !word.includes('//');
