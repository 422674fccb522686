/** Linux on x86-64 as programs without a C library call it: linux v6.6 arch/x86/entry/syscalls/syscall_64.tbl and the headers of include/uapi/linux. */

export const call = {
  ...{ read: 0, write: 1, poll: 7, mmap: 9, mprotect: 10, munmap: 11, rtSigaction: 13, rtSigprocmask: 14, rtSigreturn: 15, clone: 56 },
  ...{ exit: 60, wait4: 61, kill: 62, sigaltstack: 131, prctl: 157, futex: 202, tgkill: 234, eventfd2: 290, seccomp: 317 },
} as const;

/** mman-common.h, mman.h. */
export const protection = { read: 1, write: 2, execute: 4 } as const;
export const mapping = { shared: 1, private: 2, fixed: 0x10, anonymous: 0x20 } as const;

/** futex.h: on words that several processes share. */
export const futex = { wait: 0, wake: 1, waitUntil: 9, any: 0xffff_ffff } as const;

/** prctl.h. */
export const control = { deathSignal: 1, noNewPrivileges: 38 } as const;

/** sched.h: of a thread that shares all. */
export const thread = 0x5_0f00;

/** signal.h, asm/signal.h: `restorer` is what the kernel wants of every action. */
export const action = { information: 4, onStack: 0x0800_0000, restorer: 0x0400_0000 } as const;
export const setMask = 2;
/** Of a signal stack that is its own again once it is used: SS_AUTODISARM. */
export const autoDisarm = 0x8000_0000;
