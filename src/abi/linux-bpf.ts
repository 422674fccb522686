/** Programs for the kernel's own machine: bpf(2); linux v6.1 include/uapi/linux/bpf.h, bpf_common.h. */

/** System call number by Node's name of the architecture. */
export const sysBpf = { x64: 321, arm64: 280 } as const;

export const command = { progLoad: 5, progAttach: 8 } as const;
export const programType = { cgroupDevice: 15 } as const;
export const attachType = { cgroupDevice: 6 } as const;
/** Further programs of groups below count too, and all must allow. */
export const attachFlag = { multi: 2 } as const;

/** Operation codes: class, source of the operand, operation. */
export const op = {
  /** dst = *(u32 *)(src + off) */
  loadWord: 0x61,
  moveImmediate: 0xb7,
  moveRegister: 0xbf,
  andImmediate: 0x57,
  shiftRight: 0x77,
  /** Skips `off` instructions if dst ≠ imm. */
  jumpUnlessEqual: 0x55,
  /** Skips `off` instructions if dst & imm. */
  jumpIfAny: 0x45,
  exit: 0x95,
} as const;

/** struct bpf_cgroup_dev_ctx: three u32; access_type holds the access in its upper half, the type in its lower. */
export const deviceContext = { accessType: 0, major: 4, minor: 8 } as const;
export const deviceAccess = { mknod: 1, read: 2, write: 4 } as const;
export const deviceType = { block: 1, char: 2 } as const;
