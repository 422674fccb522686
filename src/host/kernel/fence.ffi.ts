/**
 * A fence around this process, for when it has all that it needs and runs what it doesn't trust: no program is started from then on, no process, no connection, and no file written but beneath what is named.
 * A filter of system calls (seccomp(2)) holds for all threads; what is asked about paths (landlock(7)) for the calling thread and all that are made after that, which with Node are those that have to do with
 * files. Neither can be taken back.
 */
import { dlopen, getRawPointer } from 'node:ffi';
import { closeSync, openSync, statSync } from 'node:fs';
import { arch } from 'node:process';
import { linuxLandlock, linuxSeccomp } from '../../abi/index.ts';
import { systemCall } from './libc.ffi.ts';

const { functions: libc } = dlopen(null, { prctl: { return: 'i32', arguments: ['i32', 'u64', 'u64', 'u64', 'u64'] } });

/** linux include/uapi/linux/prctl.h; without it neither is an ordinary process's to have. */
const PR_SET_NO_NEW_PRIVS = 38;
const [EPERM, ENOSYS] = [1, 38];

export interface Fenced {
  readonly calls: boolean;
  readonly paths: boolean;
}

/** `writable`: files and directories. Says which of the two this kernel has. */
export const fence = (writable: readonly string[]): Fenced => {
  libc.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n);
  // It opens paths, which the filter lets pass.
  const paths = fencePaths(writable);
  return { calls: fenceCalls(), paths };
};

const fencePaths = (writable: readonly string[]): boolean => {
  const { landlockCall, askVersion, netRights, scopes } = linuxLandlock;
  let version = 0;
  try {
    version = Number(systemCall(landlockCall.createRuleset, [0, 0, askVersion], 'landlock_create_ruleset', ''));
  } catch {
    // A kernel without it, or one that was told to have none.
    return false;
  }
  const rights = rightsOf(version);
  const attr = new DataView(new ArrayBuffer(24));
  attr.setBigUint64(0, BigInt(rights.all), true);
  if (version >= netRights.version) attr.setBigUint64(8, BigInt(netRights.all), true);
  if (version >= scopes.version) attr.setBigUint64(16, BigInt(scopes.all), true);
  const ruleset = Number(systemCall(landlockCall.createRuleset, [pointer(attr), attr.byteLength, 0], 'landlock_create_ruleset', ''));
  try {
    for (const path of writable) allowBeneath(ruleset, path, rights);
    systemCall(landlockCall.restrictSelf, [ruleset, 0], 'landlock_restrict_self', '');
  } finally {
    closeSync(ruleset);
  }
  return true;
};

interface Rights {
  readonly all: number;
  /** Beneath a directory, and of a file. */
  readonly directory: number;
  readonly file: number;
}

const rightsOf = (version: number): Rights => {
  const { fileRight } = linuxLandlock;
  const sum = (names: readonly (keyof typeof fileRight)[]): number =>
    names.reduce((bits, name) => (fileRight[name][0] <= version ? bits | fileRight[name][1] : bits), 0);
  const file = ['writeFile', 'truncate'] as const;
  return {
    all: sum(Object.keys(fileRight) as (keyof typeof fileRight)[]),
    directory: sum([...file, 'removeFile', 'makeRegular', 'refer']),
    file: sum(file),
  };
};

/** struct landlock_path_beneath_attr, packed: the rights, and a descriptor. */
const allowBeneath = (ruleset: number, path: string, { directory, file }: Rights): void => {
  const { landlockCall, rulePathBeneath } = linuxLandlock;
  const opened = openSync(path, 'r');
  try {
    const attr = new DataView(new ArrayBuffer(12));
    attr.setBigUint64(0, BigInt(statSync(path).isDirectory() ? directory : file), true);
    attr.setInt32(8, opened, true);
    systemCall(landlockCall.addRule, [ruleset, rulePathBeneath, pointer(attr), 0], 'landlock_add_rule', path);
  } finally {
    closeSync(opened);
  }
};

const fenceCalls = (): boolean => {
  if (arch !== 'x64') return false;
  const { seccompOn, setModeFilter, flagTsync } = linuxSeccomp;
  const program = filter(seccompOn.x64.audit);
  // struct sock_fprog: how many, and where.
  const fprog = new DataView(new ArrayBuffer(16));
  fprog.setUint16(0, program.length / instructionBytes, true);
  fprog.setBigUint64(8, BigInt(getRawPointer(program)), true);
  try {
    systemCall(seccompOn.x64.call, [setModeFilter, flagTsync, pointer(fprog)], 'seccomp', '');
    return true;
  } catch {
    // A kernel without it.
    return false;
  }
};

const instructionBytes = 8;

/** Each step: an operation, how many are skipped where it holds and where it doesn't, and its constant. */
type Step = readonly [op: number, jumpTrue: number, jumpFalse: number, constant: number];

/** What would make something of its own: a program, a process, a connection, a name for another file; and ways to others' memory. */
const filter = (architecture: number): Uint8Array => {
  const { answer, calls, classicOp: op, cloneThread, firstX32, seccompData } = linuxSeccomp;
  const { clone, clone3, ...refused } = calls;
  const end = (value: number): Step => [op.end, 0, 0, value];
  const steps: Step[] = [
    [op.loadWord, 0, 0, seccompData.architecture],
    ...[[op.jumpIfEqual, 1, 0, architecture] as const, end(answer.killProcess)],
    [op.loadWord, 0, 0, seccompData.number],
    ...[[op.jumpIfAtLeast, 0, 1, firstX32] as const, end(answer.killProcess)],
    // What it is asked for lies in memory, where no filter sees it: the C library then takes the older one.
    ...[[op.jumpIfEqual, 0, 1, clone3] as const, end(answer.errno | ENOSYS)],
    ...Object.values(refused).flatMap((number): Step[] => [[op.jumpIfEqual, 0, 1, number], end(answer.errno | EPERM)]),
    ...[[op.jumpIfEqual, 1, 0, clone] as const, end(answer.allow)],
    [op.loadWord, 0, 0, seccompData.arguments],
    ...[[op.jumpIfAny, 1, 0, cloneThread] as const, end(answer.errno | EPERM)],
    end(answer.allow),
  ];
  const bytes = new DataView(new ArrayBuffer(steps.length * instructionBytes));
  for (const [index, [code, jumpTrue, jumpFalse, constant]] of steps.entries()) {
    bytes.setUint16(index * instructionBytes, code, true);
    bytes.setUint8(index * instructionBytes + 2, jumpTrue);
    bytes.setUint8(index * instructionBytes + 3, jumpFalse);
    bytes.setUint32(index * instructionBytes + 4, constant >>> 0, true);
  }
  return new Uint8Array(bytes.buffer);
};

const pointer = ({ buffer }: DataView<ArrayBuffer>): bigint => BigInt(getRawPointer(new Uint8Array(buffer)));
