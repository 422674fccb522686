/** The files of a machine's disk, written to a directory of the host: read as bytes by isola, for its disk is what its guest has made of it, and no kernel of the host's is to mount that. */
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { Damage, Ext4, Failing, type Node, Unsupported } from '../../disk/index.ts';
import { type Call, Refusal } from '../../environment/index.ts';
import { hasCode } from '../../host/file/files.ts';
import { shiftAttribute } from '../../host/file/shift.ts';
import { inWords, isSystemError } from '../../host/file/system-error.ts';
import { makeNode, setXattr } from '../../host/kernel/libc.ffi.ts';
import { idsOf } from '../../jail/place.ts';
import { hasMoment, layersIn } from '../../jail/root/layers.ts';
import type { Machine } from './machine.ts';
import { StoppedDisk } from './stopped-disk.ts';

/** `directory` is empty, and only root gets at it. Throws `facet-absent` for what can't be a directory's, or can't be read; `no-space`. */
export const spread = async (machine: Machine, directory: string, firstId: number, call: Call): Promise<void> => {
  const { definition, place } = machine;
  const refuse = (why: string, cause?: unknown): never => {
    throw new Refusal('facet-absent', [definition.spec.technique, `a move of ${definition.name} off its disk`, why], { cause });
  };
  if (hasMoment(layersIn(place.lasting))) refuse('it is to go on with what ran in it: isola start and isola stop it first');
  try {
    using disk = new StoppedDisk(machine);
    await new Spreading(new Ext4(disk), { firstId, ids: idsOf(definition.spec), call }).spread(directory);
  } catch (error) {
    if (error instanceof Unsupported && /journal/.test(error.message)) refuse(`${error.message}: isola start and isola stop it`, error);
    if (error instanceof Damage || error instanceof Failing || error instanceof Unsupported) refuse(error.message, error);
    if (hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT'))
      throw new Refusal('no-space', ['the root file system', directory], { cause: error });
    if (isSystemError(error)) refuse(inWords(error), error);
    throw error;
  }
};

interface Into {
  /** Of the host, for the guest's root. */
  readonly firstId: number;
  /** How many there are from there on. */
  readonly ids: number;
  readonly call: Call;
}

class Spreading {
  readonly #disk: Ext4;
  readonly #into: Into;
  readonly #piece = new Uint8Array(pieceBytes);
  readonly #directories = new Set<number>();
  /** First name of each file with several, by inode. */
  readonly #linked = new Map<number, string>();
  #files = 0;
  #leftAway = 0;
  #yieldAt = performance.now() + sliceMs;

  constructor(disk: Ext4, into: Into) {
    this.#disk = disk;
    this.#into = into;
  }

  async spread(directory: string): Promise<void> {
    await this.#directory(this.#disk.root, directory);
    if (this.#leftAway > 0)
      this.#into.call.say(`${this.#leftAway} device nodes and attributes only a kernel of its own heeds were left away`);
  }

  async #directory(node: Node, path: string): Promise<void> {
    if (node.kind !== 'directory' || this.#directories.has(node.inode))
      throw new Damage(`the inode ${node.inode} is no directory, or is in two`);
    this.#directories.add(node.inode);
    for (const { name, inode } of this.#disk.entries(node)) await this.#entry(node, inode, `${path}/${wordOf(name)}`);
    this.#dress(node, path);
  }

  async #entry(parent: Node, inode: number, path: string): Promise<void> {
    const node = this.#disk.node(inode);
    if (performance.now() > this.#yieldAt) await this.#breathe();
    this.#files++;
    if (node.kind === 'directory') {
      // What mke2fs(8) made for e2fsck(8).
      if (parent.inode === this.#disk.root.inode && path.endsWith('/lost+found') && isEmpty(this.#disk.entries(node))) return;
      mkdirSync(path, 0o700);
      return this.#directory(node, path);
    }
    const first = node.links > 1 ? this.#linked.get(inode) : undefined;
    if (first !== undefined) return linkSync(first, path);
    if (!(await this.#file(node, path))) return;
    if (node.links > 1) this.#linked.set(inode, path);
    this.#dress(node, path);
  }

  /** Whatever is there already is another's: nothing is written to it, and no link is followed. False where it is left away. */
  async #file(node: Node, path: string): Promise<boolean> {
    if (node.kind === 'file') await this.#contents(node, path);
    else if (node.kind === 'link') symlinkSync(Buffer.from(this.#disk.target(node)), path);
    else if (node.kind === 'fifo') makeNode(path, fifo | 0o600, 0n);
    else {
      if (node.kind !== 'socket') this.#leftAway++;
      return false;
    }
    return true;
  }

  async #contents(node: Node, path: string): Promise<void> {
    const file = openSync(path, 'wx', 0o600);
    try {
      for (const { at, bytes, from } of this.#disk.pieces(node))
        for (let done = 0; done < bytes; done += pieceBytes) {
          const some = this.#piece.subarray(0, Math.min(pieceBytes, bytes - done));
          this.#disk.readInto(from + done, some);
          for (let written = 0; written < some.length; )
            written += writeSync(file, some, written, some.length - written, at + done + written);
          if (performance.now() > this.#yieldAt) await this.#breathe();
        }
      ftruncateSync(file, node.sizeBytes);
    } finally {
      closeSync(file);
    }
  }

  /** Owner first: a change of owner takes setuid bits and capabilities away. */
  #dress(node: Node, path: string): void {
    const { firstId, ids } = this.#into;
    if (Math.max(node.uid, node.gid) >= ids)
      throw new Unsupported(`a file belongs to ${node.uid}:${node.gid}, and there are ${ids} ids there`);
    lchownSync(path, firstId + node.uid, firstId + node.gid);
    if (node.kind !== 'link') chmodSync(path, node.mode);
    for (const { name, value } of this.#disk.attributes(node)) {
      if (isCarried(name)) setXattr(path, name, shiftAttribute(name, value, firstId));
      else this.#leftAway++;
    }
    lutimesSync(path, Number(node.atimeNs) / 1e9, Number(node.mtimeNs) / 1e9);
  }

  /** Lets signals and progress through. */
  async #breathe(): Promise<void> {
    const { progress, signal } = this.#into.call;
    progress({ stage: 'copying the root file system', done: this.#files, unit: 'files' });
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    this.#yieldAt = performance.now() + sliceMs;
  }
}

const pieceBytes = 2 ** 20;
const sliceMs = 30;
/** inode(7), S_IFIFO. */
const fifo = 0x1000;

/** Others mean what the kernel says that heeds them, and that is another one now. */
const isCarried = (name: string): boolean => /^(?:user\.|system\.posix_acl_|security\.capability$)/.test(name);

const isEmpty = (entries: Iterable<unknown>): boolean => {
  for (const _ of entries) return false;
  return true;
};

/** A name that leads nowhere else. */
const wordOf = (name: Uint8Array): string => {
  if (name.length === 0 || name.some((byte) => byte === 0 || byte === 0x2f))
    throw new Damage('a name in a directory is empty, or leads out of it');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch (error) {
    throw new Unsupported(`a file’s name is no UTF-8: ${new TextDecoder().decode(name)}`, { cause: error });
  }
};
