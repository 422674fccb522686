/**
 * Looks things up in a root file system from outside, as a process inside would find them: links are followed within the root
 * and never out of it.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs';
import { Refusal, type Volume } from '../../environment/index.ts';
import { isMissing } from '../../host/file/files.ts';
import { headBytes, whyNotExecutable } from './executable.ts';

export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly home: string;
  readonly shell: string | undefined;
}

/** Links followed in one path: linux include/linux/namei.h, MAXSYMLINKS. */
const linksMost = 40;

/** passwd(5) and group(5) of an environment; 100,000 accounts fit. */
const tableBytesMost = 16 * 1024 ** 2;
/** O_PATH: linux include/uapi/asm-generic/fcntl.h; Node has no name for it. */
const pathOnly = 0o10_000_000;

export class Lookup {
  readonly #root: string;
  readonly #volumes: readonly Volume[];
  readonly #where: string;
  readonly #ids: number;

  /** `where` names the place in refusals: an environment or image; `ids`: how many user ids it has, from 0 on. */
  constructor(root: string, where: string, ids: number, volumes: readonly Volume[] = []) {
    this.#root = root;
    this.#where = where;
    this.#ids = ids;
    this.#volumes = volumes;
  }

  /** Host path of an absolute path inside, links resolved; undefined if it isn't there. */
  path(inside: string): string | undefined {
    let todo = inside.split('/');
    let links = 0;
    let done: string[] = [];
    while (todo.length > 0) {
      const part = todo.shift();
      if (part === undefined || part === '' || part === '.') continue;
      if (part === '..') {
        done.pop();
        continue;
      }
      const at = this.#onHost([...done, part]);
      try {
        if (!lstatSync(at).isSymbolicLink()) {
          done.push(part);
          continue;
        }
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
      if (++links > linksMost) return undefined;
      const target = readlinkSync(at);
      if (target.startsWith('/')) done = [];
      todo = [...target.split('/'), ...todo];
    }
    return this.#onHost(done);
  }

  /** Contents of a regular file that is not too long for a table. */
  read(inside: string): string | undefined {
    const path = this.path(inside);
    return path === undefined
      ? undefined
      : this.#use(path, (file, size) => (size <= tableBytesMost ? readFileSync(file, 'utf8') : undefined));
  }

  /** Uses a regular file on the host: an image may have a device or a pipe at its place, which isola would read for ever. */
  #use<T>(path: string, work: (file: string, size: number) => T): T | undefined {
    let file: number | undefined;
    try {
      // Opening a device can do something; a path alone does nothing: open(2), O_PATH.
      file = openSync(path, pathOnly | constants.O_NOFOLLOW);
      const stats = fstatSync(file);
      return stats.isFile() ? work(`/proc/self/fd/${file}`, stats.size) : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  /** Throws `command-not-found` or `command-not-executable`; otherwise execve(2) has a file to work on. */
  checkCommand(command: string, workdir: string, searchPath: string): void {
    const candidates = command.includes('/')
      ? [command.startsWith('/') ? command : `${workdir}/${command}`]
      : searchPath.split(':').map((directory) => `${directory.startsWith('/') ? directory : `${workdir}/${directory}`}/${command}`);
    let refused: string | undefined;
    for (const candidate of candidates) {
      const path = this.path(candidate);
      if (path === undefined) continue;
      const stats = statSync(path);
      if (stats.isFile() && (stats.mode & 0o111) !== 0) {
        const why = this.#use(path, (file) => whyNotExecutable(headOf(file), (inside) => this.path(inside) !== undefined));
        if (why === undefined) return;
        refused ??= why;
      }
      refused ??= stats.isDirectory() ? 'it is a directory' : 'it has no execute permission';
    }
    if (refused === undefined || command === '') throw new Refusal('command-not-found', [command === '' ? '""' : command, this.#where]);
    throw new Refusal('command-not-executable', [command, this.#where, refused]);
  }

  checkDirectory(inside: string): void {
    const path = inside.startsWith('/') ? this.path(inside) : undefined;
    if (path === undefined || !statSync(path).isDirectory()) throw new Refusal('unknown-directory', [inside, this.#where]);
  }

  /** `NAME[:GROUP]` or `UID[:GID]`; passwd(5), group(5). Throws `unknown-user`, `malformed-value` for a number that is none here. */
  user(wanted: string): User {
    const [name = '', group] = wanted.split(':');
    const accounts = table(this.read('/etc/passwd'));
    const numeric = /^\d+$/.test(name);
    const account = accounts.find((fields) => fields[numeric ? 2 : 0] === name);
    if (account === undefined && !numeric) throw new Refusal('unknown-user', [name, this.#where]);
    const groups = table(this.read('/etc/group'));
    const login = account?.[0];
    const gid = group === undefined ? this.#id(account?.[3] ?? '0') : this.#group(group, groups);
    const uid = this.#id(account?.[2] ?? name);
    return {
      uid,
      gid,
      groups:
        login === undefined || group !== undefined
          ? []
          : groups
              .filter((fields) => fields[3]?.split(',').includes(login) && Number(fields[2]) !== gid)
              .map((fields) => Number(fields[2])),
      home: account?.[5] || '/',
      shell: account?.[6] || undefined,
    };
  }

  #group(wanted: string, groups: readonly (readonly string[])[]): number {
    if (/^\d+$/.test(wanted)) return this.#id(wanted);
    const found = groups.find((fields) => fields[0] === wanted);
    if (found === undefined) throw new Refusal('unknown-user', [wanted, this.#where]);
    return this.#id(found[2] ?? '');
  }

  #id(text: string): number {
    if (/^\d+$/.test(text) && Number(text) < this.#ids) return Number(text);
    throw new Refusal('malformed-value', ['a user or group', text, `numbers in ${this.#where} go from 0 to ${this.#ids - 1}`]);
  }

  /** A volume hides what the root has at its place. */
  #onHost(parts: readonly string[]): string {
    const inside = `/${parts.join('/')}`;
    const volume = this.#volumes.findLast(({ target }) => inside === target || inside.startsWith(`${target}/`));
    return volume === undefined ? `${this.#root}${inside}` : `${volume.source}${inside.slice(volume.target.length)}`;
  }
}

const headOf = (path: string): Buffer => {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, readSync(file, head, 0, headBytes, 0));
  } finally {
    closeSync(file);
  }
};

const table = (text: string | undefined): readonly (readonly string[])[] =>
  (text ?? '')
    .split('\n')
    .filter((line) => line.includes(':'))
    .map((line) => line.split(':'));
