/**
 * The system calls Node has no word for, through its own foreign function interface (decision 003). Everything here blocks
 * and acts on the calling thread. Paths are host paths. A failing call throws an error with Node's `code`, as node:fs does.
 */
import { dlopen, getInt32, getRawPointer } from 'node:ffi';
import { openSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { fileLocks, linuxMount } from '../../abi/index.ts';

const { functions: libc } = dlopen(null, {
  __errno_location: { return: 'pointer', arguments: [] },
  syscall: { return: 'i64', arguments: ['i64', 'i64', 'i64', 'i64', 'i64', 'i64'] },
  mount: { return: 'i32', arguments: ['string', 'string', 'string', 'u64', 'string'] },
  umount2: { return: 'i32', arguments: ['string', 'i32'] },
  mknod: { return: 'i32', arguments: ['string', 'u32', 'u64'] },
  lgetxattr: { return: 'i64', arguments: ['string', 'string', 'pointer', 'u64'] },
  lsetxattr: { return: 'i32', arguments: ['string', 'string', 'pointer', 'u64', 'i32'] },
  llistxattr: { return: 'i64', arguments: ['string', 'pointer', 'u64'] },
  socket: { return: 'i32', arguments: ['i32', 'i32', 'i32'] },
  connect: { return: 'i32', arguments: ['i32', 'pointer', 'u32'] },
  fcntl: { return: 'i32', arguments: ['i32', 'i32', 'pointer'] },
  fallocate: { return: 'i32', arguments: ['i32', 'i32', 'i64', 'i64'] },
  shutdown: { return: 'i32', arguments: ['i32', 'i32'] },
  close: { return: 'i32', arguments: ['i32'] },
  unshare: { return: 'i32', arguments: ['i32'] },
  setns: { return: 'i32', arguments: ['i32', 'i32'] },
  fchdir: { return: 'i32', arguments: ['i32'] },
  chroot: { return: 'i32', arguments: ['string'] },
  memfd_create: { return: 'i32', arguments: ['string', 'u32'] },
  mmap: { return: 'i64', arguments: ['u64', 'u64', 'i32', 'i32', 'i32', 'i64'] },
});

/** linux include/uapi/linux/falloc.h */
const holes = { keepSize: 1, punchHole: 2 } as const;

/** mount(2). */
export const mount = (source: string, target: string, type: string, flags: number, data: string): void => {
  check(libc.mount(source, target, type, BigInt(flags), data), 'mount', target);
};

/** umount2(2); with `detach` it goes away now and is torn down when nobody uses it. */
export const unmount = (target: string, options: { readonly detach: boolean }): void => {
  check(libc.umount2(target, options.detach ? linuxMount.mnt.detach : 0), 'umount2', target);
};

/**
 * Shows `source` at `target` with owners shifted as the user namespace of `usernsFd` maps them: mount_setattr(2),
 * MOUNT_ATTR_IDMAP. On disk nothing changes.
 */
export const mountIdmapped = (source: string, target: string, usernsFd: number, options: { readonly readOnly: boolean }): void => {
  const { sys, openTree, mountAttr, moveMount, at, mountAttrBytes } = linuxMount;
  const path = cString(source);
  const tree = Number(systemCall(sys.openTree, [at.fdcwd, pointer(path), openTree.clone | openTree.cloexec], 'open_tree', source));
  try {
    const attr = new DataView(new ArrayBuffer(mountAttrBytes));
    attr.setBigUint64(0, BigInt(mountAttr.idmap | (options.readOnly ? mountAttr.rdonly : 0)), true);
    attr.setBigUint64(24, BigInt(usernsFd), true);
    const [empty, destination, attrBytes] = [cString(''), cString(target), new Uint8Array(attr.buffer)];
    systemCall(sys.mountSetattr, [tree, pointer(empty), at.emptyPath, pointer(attrBytes), mountAttrBytes], 'mount_setattr', source);
    systemCall(sys.moveMount, [tree, pointer(empty), at.fdcwd, pointer(destination), moveMount.fromEmptyPath], 'move_mount', target);
  } finally {
    libc.close(tree);
  }
};

export interface Shown {
  readonly source: string;
  readonly target: string;
}

/**
 * Shows files of this mount namespace in that of a process, read-only, instead of what is mounted at their targets there: setns(2).
 * The calling thread is in the other namespace meanwhile, so nothing else must happen between.
 */
export const showInside = (pid: number, files: readonly Shown[]): void => {
  const { sys, openTree, mountAttr, moveMount, at, mountAttrBytes, clone, mnt } = linuxMount;
  const empty = cString('');
  const attr = new DataView(new ArrayBuffer(mountAttrBytes));
  attr.setBigUint64(0, BigInt(mountAttr.rdonly | mountAttr.nosuid | mountAttr.nodev | mountAttr.noexec), true);
  const attrBytes = new Uint8Array(attr.buffer);
  const trees = files.map(({ source, target }) => {
    const path = cString(source);
    const tree = Number(systemCall(sys.openTree, [at.fdcwd, pointer(path), openTree.clone | openTree.cloexec], 'open_tree', source));
    systemCall(sys.mountSetattr, [tree, pointer(empty), at.emptyPath, pointer(attrBytes), mountAttrBytes], 'mount_setattr', source);
    return { tree, target, path: cString(target) };
  });
  const [home, root, here, there] = ['/proc/self/ns/mnt', '/', '.', `/proc/${pid}/ns/mnt`].map((path) => openSync(path, 'r')) as Four;
  // A thread that shares its root and working directory with others may not change its namespace.
  check(libc.unshare(clone.fs), 'unshare', '');
  check(libc.setns(there, clone.newns), 'setns', `process ${pid}`);
  try {
    for (const { tree, target, path } of trees) {
      libc.umount2(target, mnt.detach);
      systemCall(sys.moveMount, [tree, pointer(empty), at.fdcwd, pointer(path), moveMount.fromEmptyPath], 'move_mount', target);
    }
  } finally {
    libc.setns(home, clone.newns);
    libc.fchdir(root);
    libc.chroot('.');
    libc.fchdir(here);
    for (const fd of [home, root, here, there, ...trees.map(({ tree }) => tree)]) libc.close(fd);
  }
};

type Four = [number, number, number, number];

/** mknod(2): `mode` with the file type, `device` as glibc's makedev packs it. */
export const makeNode = (path: string, mode: number, device: bigint): void => {
  check(libc.mknod(path, mode, device), 'mknod', path);
};

/** An extended attribute of the file itself, not of what a link points to; undefined where there is none. */
export const getXattr = (path: string, name: string): Uint8Array | undefined => {
  const size = libc.lgetxattr(path, name, 0n, 0n);
  if (size < 0n && ['ENODATA', 'ENOTSUP'].includes(lastError().code)) return undefined;
  const value = new Uint8Array(Number(check(size, 'lgetxattr', path)));
  if (value.length > 0) check(libc.lgetxattr(path, name, getRawPointer(value), BigInt(value.length)), 'lgetxattr', path);
  return value;
};

export const setXattr = (path: string, name: string, value: Uint8Array): void => {
  const bytes = value.length === 0 ? new Uint8Array(1) : value;
  check(libc.lsetxattr(path, name, getRawPointer(bytes), BigInt(value.length), 0), 'lsetxattr', path);
};

/** Names of all extended attributes; none where the file system has none. */
export const listXattrs = (path: string): readonly string[] => {
  const size = libc.llistxattr(path, 0n, 0n);
  if (size < 0n && lastError().code === 'ENOTSUP') return [];
  const list = new Uint8Array(Number(check(size, 'llistxattr', path)));
  if (list.length === 0) return [];
  const filled = Number(check(libc.llistxattr(path, getRawPointer(list), BigInt(list.length)), 'llistxattr', path));
  return new TextDecoder()
    .decode(list.subarray(0, filled))
    .split('\0')
    .filter((name) => name !== '');
};

/** Ends a connection in both directions: whoever waits to read from it reads its end. shutdown(2), SHUT_RDWR. */
export const shutdown = (socket: number): void => {
  libc.shutdown(socket, 2);
};

/** Of a byte of a file that isn't there for its content: `fcntl(2)`, open file description locks. They end with the descriptor. */
const { setLock, getLock, readLock, writeLock, unlocked, flockBytes } = fileLocks;

/** Locks this byte together with whoever does likewise. Returns whether nobody has it alone. Throws where the file system has no locks. */
export const lockByte = (file: number, at: number): boolean => {
  try {
    check(libc.fcntl(file, setLock, getRawPointer(flock(readLock, at))), 'fcntl', `descriptor ${file}`);
    return true;
  } catch (error) {
    if (isHeld(error)) return false;
    throw error;
  }
};

/** Whether another opening of this file has locked this byte. */
export const isByteLocked = (file: number, at: number): boolean => {
  const asked = flock(writeLock, at);
  check(libc.fcntl(file, getLock, getRawPointer(asked)), 'fcntl', `descriptor ${file}`);
  return new DataView(asked.buffer).getInt16(0, true) !== unlocked;
};

/** These bytes of a file read as zeros and take no room; its size stays: fallocate(2), FALLOC_FL_PUNCH_HOLE. Throws where the file system can't. */
export const punchHole = (file: number, at: number, bytes: number): void => {
  const { keepSize, punchHole } = holes;
  check(libc.fallocate(file, keepSize | punchHole, BigInt(at), BigInt(bytes)), 'fallocate', `descriptor ${file}`);
};

/** From the beginning of the file, one byte. */
const flock = (kind: number, at: number): Uint8Array => {
  const view = new DataView(new ArrayBuffer(flockBytes));
  view.setInt16(0, kind, true);
  view.setBigInt64(8, BigInt(at), true);
  view.setBigInt64(16, 1n, true);
  return new Uint8Array(view.buffer);
};

const isHeld = (error: unknown): boolean => error instanceof Error && 'code' in error && ['EAGAIN', 'EACCES'].includes(String(error.code));

/** A connected AF_UNIX socket of type SOCK_SEQPACKET, which node:net doesn't offer: unix(7). Returns its descriptor. */
export const connectSeqpacket = (path: string): number => {
  const [afUnix, sockSeqpacket, cloexec, pathMost] = [1, 5, 0o2000000, 107];
  const name = new TextEncoder().encode(path);
  if (name.length > pathMost) throw new RangeError(`${path} is longer than the ${pathMost} bytes of a socket's name`);
  const address = new Uint8Array(2 + pathMost + 1);
  address[0] = afUnix;
  address.set(name, 2);
  const socket = Number(check(libc.socket(afUnix, sockSeqpacket | cloexec, 0), 'socket', path));
  try {
    check(libc.connect(socket, getRawPointer(address), address.length), 'connect', path);
  } catch (error) {
    libc.close(socket);
    throw error;
  }
  return socket;
};

/** linux v6.6 asm-generic/mman-common.h and mman.h: read and write; a mapping of one's own, there and nowhere else. */
const mapping = { protection: 0x1 | 0x2, flags: 0x02 | 0x10 } as const;

/**
 * Has whole pages of memory be those of a file, read when they are touched first, and one's own once they are written: mmap(2). The memory must stay where it is, as WebAssembly's does, and
 * nobody may make the file shorter or change it: a page that is gone ends the process.
 */
export const mapFile = (file: number, at: number, pages: Uint8Array): void => {
  check(
    libc.mmap(getRawPointer(pages), BigInt(pages.length), mapping.protection, mapping.flags, file, BigInt(at)),
    'mmap',
    `descriptor ${file}`,
  );
};

/** linux v6.6 uapi/linux/memfd.h, MFD_CLOEXEC */
const closedByPrograms = 1;

/** A file that is nowhere but in memory, and takes as much of it as was written: memfd_create(2). Returns its descriptor, for whoever closes it. */
export const memoryFile = (name: string): number => check(libc.memfd_create(name, closedByPrograms), 'memfd_create', name);

/** syscall(2) with up to five arguments; `name` and `path` tell of it in errors. */
export const systemCall = (number: number, args: readonly (number | bigint)[], name: string, path: string): bigint => {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = args;
  return check(libc.syscall(BigInt(number), BigInt(a), BigInt(b), BigInt(c), BigInt(d), BigInt(e)), name, path);
};

const cString = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);
const pointer = (bytes: Uint8Array): bigint => getRawPointer(bytes);

const check = <T extends number | bigint>(result: T, name: string, path: string): T => {
  if (result >= 0) return result;
  const { errno, code, message } = lastError();
  throw Object.assign(new Error(`${code}: ${message}, ${name} '${path}'`), { errno: -errno, code, syscall: name, path });
};

const lastError = (): { errno: number; code: string; message: string } => {
  const errno = getInt32(libc.__errno_location(), 0);
  const [code, message] = getSystemErrorMap().get(-errno) ?? [`E${errno}`, 'unknown error'];
  return { errno, code, message };
};
