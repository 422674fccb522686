/** Numbers of Xen's guest ABI: xen/include/public/xen.h, errno.h and features.h of Xen 4.17. */

/** Errors as a hypercall returns them, negated. */
export const Errno = {
  ...{ perm: 1, noEntry: 2, noDomain: 3, tooBig: 7, again: 11, fault: 14, busy: 16, exists: 17, invalid: 22, noSpace: 28 },
  ...{ noCall: 38, noData: 61, time: 62 },
} as const;

/** Of the hypercalls that a guest without page tables of Xen's makes. */
export const Call = {
  ...{ memory: 12, multicall: 13, setTimer: 15, version: 17, console: 18, grantTable: 20, vcpu: 24, sched: 29, eventChannel: 32 },
  hvm: 34,
} as const;

/** DOMID_SELF, the guest's own number, and who has the back ends. */
export const Domain = { self: 0x7ff0, guest: 1, back: 0 } as const;

export const pageBytes = 4096;
/** Of a 4.17. */
export const xenVersion = (4 << 16) | 17;

/** Interrupts that Xen itself has: xen.h, VIRQ_*. */
export const Virq = { timer: 0, debug: 1, count: 24 } as const;
