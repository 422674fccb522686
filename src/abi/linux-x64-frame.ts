/** What Linux leaves on the stack of a signal handler on x86-64: arch/x86/include/uapi/asm/{ucontext,sigcontext}.h and asm-generic/siginfo.h of linux v6.6. Offsets in bytes. */

/** Of struct ucontext. */
export const context = {
  registers: 40,
  rip: 40 + 16 * 8,
  flags: 40 + 17 * 8,
  cs: 40 + 18 * 8,
  ss: 40 + 18 * 8 + 6,
  error: 40 + 19 * 8,
  trap: 40 + 20 * 8,
  cr2: 40 + 22 * 8,
  /** The address of the state of vectors. */
  vectors: 40 + 23 * 8,
  /** Behind it: struct siginfo. */
  information: 304,
} as const;

/** NT and ID of EFLAGS: returning from a signal leaves them as they are. arch/x86/kernel/signal_64.c, FIX_EFLAGS. */
export const unreturned = 0x20_4000;

/** Which general register is where, from `registers` on, by the processor's numbers. */
export const registerOrder = [8, 9, 10, 11, 12, 13, 14, 15, 7, 6, 5, 3, 2, 0, 1, 4] as const;

/** Of struct siginfo. */
export const information = { code: 8 } as const;
/** The kernel itself has sent it. */
export const fromKernel = 0x80;

/** FXSAVE's area, with words of the kernel's in it; XSAVE's header; the upper halves of YMM. SDM Vol. 1, 10.5.1 and 13.4. */
export const vectors = {
  ...{ control: 0, status: 2, tags: 4, opcode: 6, code: 8, data: 16, mxcsr: 24, stack: 32, xmm: 160 },
  ...{ magic: 464, header: 512, upper: 576, bytes: 576 + 256 },
  magicValue: 0x4650_5853,
} as const;

/** Selectors of programs, of 64 bits and of code of 32: arch/x86/include/asm/segment.h. */
export const selectors = { code: 0x33, code32: 0x23, stack: 0x2b } as const;
