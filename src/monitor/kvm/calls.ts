/** Hypercalls: Linux, Documentation/virt/kvm/x86/hypercalls.rst and include/uapi/linux/kvm_para.h. */
import type { Caller } from '../../machine/index.ts';
import type { KvmFeature } from './features.ts';
import { type Peers, sendToMany } from './peers.ts';

const Call = { pollInterrupts: 1, kick: 5, pairClocks: 9, send: 10, yield: 11 } as const;
const Answer = { notThere: -1000n, notPermitted: -1n, fault: -14n, invalid: -22n, notSupported: -95n } as const;
const [rax, rcx, rdx, rbx, rsi] = [0, 1, 2, 3, 6] as const;
const pairBytes = 64;

/** What a moment is called by each clock: seconds since 1970 in nanoseconds, and the time-stamp counter. */
export interface Paired {
  readonly wall: bigint;
  readonly counter: bigint;
}

/** What is asked for them. */
export interface Callee {
  readonly features: ReadonlySet<KvmFeature>;
  readonly peers: Peers;
  paired(): Paired;
}

/** RAX has which, RBX, RCX, RDX and RSI have arguments; RAX has the answer. Of code of 32 bits their lower halves. */
export const answer = (caller: Caller, callee: Callee): void => {
  const bits = caller.width === 64 ? 64 : 32;
  const argument = (register: number): bigint => BigInt.asUintN(bits, caller.register(register));
  caller.setRegister(rax, BigInt.asUintN(bits, answerTo(caller, argument, callee, bits)));
};

const answerTo = (caller: Caller, argument: (register: number) => bigint, { features, peers, paired }: Callee, bits: number): bigint => {
  if (caller.privilege > 0) return Answer.notPermitted;
  switch (Number(argument(rax))) {
    case Call.pollInterrupts:
      return 0n;
    case Call.kick:
      if (!features.has('unhalt')) return Answer.notThere;
      peers.kick(Number(argument(rcx)));
      return 0n;
    case Call.pairClocks:
      return argument(rcx) !== 0n ? Answer.notSupported : caller.write(argument(rbx), pairOf(paired())) ? 0n : Answer.fault;
    case Call.send: {
      if (!features.has('ipi')) return Answer.notThere;
      const to = { from: Number(argument(rdx)), masks: [argument(rbx), argument(rcx)], bits };
      const sent = sendToMany(peers, to, Number(argument(rsi) & 0xffff_ffffn));
      return sent === undefined ? Answer.invalid : BigInt(sent);
    }
    case Call.yield:
      if (!features.has('yield')) return Answer.notThere;
      peers.yieldTo(Number(argument(rbx)));
      return 0n;
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
