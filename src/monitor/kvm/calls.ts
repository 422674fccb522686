/** Hypercalls: Linux, Documentation/virt/kvm/x86/hypercalls.rst and include/uapi/linux/kvm_para.h. */
import type { Caller } from '../../machine/index.ts';

const Call = { pollInterrupts: 1, pairClocks: 9 } as const;
const Answer = { notThere: -1000n, notPermitted: -1n, fault: -14n, notSupported: -95n } as const;
const [rax, rcx, rbx] = [0, 1, 3] as const;
const pairBytes = 64;

/** What a moment is called by each clock: seconds since 1970 in nanoseconds, and the time-stamp counter. */
export interface Paired {
  readonly wall: bigint;
  readonly counter: bigint;
}

/** RAX has which, RBX and RCX have arguments; RAX has the answer. Of code of 32 bits their lower halves. */
export const answer = (caller: Caller, paired: () => Paired): void => {
  const bits = caller.width === 64 ? 64 : 32;
  const argument = (register: number): bigint => BigInt.asUintN(bits, caller.register(register));
  caller.setRegister(rax, BigInt.asUintN(bits, answerTo(caller, argument, paired)));
};

const answerTo = (caller: Caller, argument: (register: number) => bigint, paired: () => Paired): bigint => {
  if (caller.privilege > 0) return Answer.notPermitted;
  switch (Number(argument(rax))) {
    case Call.pollInterrupts:
      return 0n;
    case Call.pairClocks:
      return argument(rcx) !== 0n ? Answer.notSupported : caller.write(argument(rbx), pairOf(paired())) ? 0n : Answer.fault;
    default:
      return Answer.notThere;
  }
};

/** kvm_clock_pairing: seconds, nanoseconds, counter; then flags and what is kept free, zeros. */
const pairOf = ({ wall, counter }: Paired): Uint8Array => {
  const bytes = new Uint8Array(pairBytes);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, wall / 1_000_000_000n, true);
  view.setBigInt64(8, wall % 1_000_000_000n, true);
  view.setBigUint64(16, counter, true);
  return bytes;
};
