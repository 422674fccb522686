/** Filters of system calls: seccomp(2); linux v6.1 include/uapi/linux/seccomp.h, filter.h, bpf_common.h, audit.h. */

/** System call number, and what a filter knows the architecture by, by Node's name of it. */
export const seccompOn = { x64: { call: 317, audit: 0xc000_003e } } as const;

export const setModeFilter = 1;
/** All threads of the process get it at once, or none. */
export const flagTsync = 1;

/** What becomes of a call; an errno is in the lower half. */
export const answer = { allow: 0x7fff_0000, errno: 0x0005_0000, trap: 0x0003_0000, killProcess: 0x8000_0000 } as const;

/** struct seccomp_data: the number, the architecture, the instruction's address, six arguments of 64 bits. */
export const seccompData = { number: 0, architecture: 4, arguments: 16 } as const;
/** Of those, the address, and what of its lower half is a page's. */
export const instructionPointer = 8;
export const pageMask = 0xffff_f000;

/** Classic BPF: a word of the data, comparisons with a constant, an end. */
export const classicOp = { loadWord: 0x20, jumpIfEqual: 0x15, jumpIfAtLeast: 0x35, jumpIfAny: 0x45, and: 0x54, end: 0x06 } as const;

/** Calls of x86-64: arch/x86/entry/syscalls/syscall_64.tbl. Those of the x32 ABI are from here on. */
export const firstX32 = 0x4000_0000;
export const calls = {
  ...{ socket: 41, connect: 42, bind: 49, listen: 50, socketpair: 53, clone: 56, fork: 57, vfork: 58, execve: 59, kill: 62 },
  ...{ link: 86, symlink: 88, ptrace: 101, mknod: 133, personality: 135, pivotRoot: 155, chroot: 161, mount: 165, umount2: 166 },
  ...{ addKey: 248, requestKey: 249, keyctl: 250, mknodat: 259, linkat: 265, symlinkat: 266, unshare: 272, perfEventOpen: 298 },
  ...{ setns: 308, processVmReadv: 310, processVmWritev: 311, bpf: 321, execveat: 322, userfaultfd: 323, pidfdSendSignal: 424 },
  ...{ ioUringSetup: 425, openTree: 428, moveMount: 429, fsopen: 430, pidfdOpen: 434, clone3: 435, pidfdGetfd: 438, mountSetattr: 442 },
} as const;

/** linux include/uapi/linux/sched.h: it is a thread of the same process. */
export const cloneThread = 0x0001_0000;
