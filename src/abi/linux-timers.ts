/** Timers that send a signal to one thread, and signals that wait: timer_create(2), sigtimedwait(2). Numbers are those of x86-64: linux v6.6 arch/x86/entry/syscalls/syscall_64.tbl. */

export const call = { rtSigprocmask: 14, rtSigtimedwait: 128, gettid: 186, timerCreate: 222, timerSettime: 223 } as const;
/** linux v6.6 include/uapi/linux/time.h */
export const monotonic = 1;
/** SIG_BLOCK of rt_sigprocmask. */
export const block = 0;
/** struct sigevent, and SIGEV_THREAD_ID: linux v6.6 include/uapi/asm-generic/siginfo.h. */
export const event = { bytes: 64, signal: 8, notify: 12, thread: 16, toThread: 4 } as const;
/** struct itimerspec: a period, which is none, and when it comes first; each in seconds and nanoseconds. */
export const setting = { bytes: 32, seconds: 16, nanoseconds: 24 } as const;
