/** Locks of open file descriptions: fcntl(2), linux v6.6 include/uapi/asm-generic/fcntl.h; 64 bits, x86-64 and AArch64 alike. */
export const getLock = 36;
export const setLock = 37;
export const readLock = 0;
export const writeLock = 1;
export const unlocked = 2;
/** Of `struct flock`: kind and whence (2 each, at 0), start (8, at 8), length (8, at 16), process (4, at 24). */
export const flockBytes = 32;
