/** What of KVM's ABI a guest is offered, and how it is told: Linux, Documentation/virt/kvm/x86/cpuid.rst. */

/** Bits of leaf 4000_0001h, EAX, by what they are called here. */
const bits = {
  /** The clock, by its registers of both numbers, and that it goes on evenly: 0, 3, 24. */
  clock: (1 << 0) | (1 << 3) | (1 << 24),
  /** No port need be written to for a delay: 1. */
  iodelay: 1 << 1,
  /** Time in which a processor was ready and didn't run, and whether it runs: 5. */
  steal: 1 << 5,
  /** Ends of interrupts by a word in memory: 6. */
  eoi: 1 << 6,
  /** Who waits for a lock halts, and is kicked: 7. */
  unhalt: 1 << 7,
  /** Who doesn't run forgets where pages are when it does, without a message: 9. */
  flush: 1 << 9,
  /** Messages to several processors by one call: 11. */
  ipi: 1 << 11,
  /** Whether it is waited for interrupts at work: 12. */
  poll: 1 << 12,
  /** A turn is given to the processor that something was sent to: 13. */
  yield: 1 << 13,
} as const;

export type KvmFeature = keyof typeof bits;

/** In the order of their bits. */
export const kvmFeatures = Object.keys(bits) as readonly KvmFeature[]; // They are its keys.

/** Those that a guest gains by: docs/paravirtualization.md has the figures. */
export const usualKvmFeatures: readonly KvmFeature[] = ['clock', 'iodelay', 'eoi'];

const firstLeaf = 0x4000_0000;
const signature = 'KVMKVMKVM\0\0\0';

/** Undefined beyond the highest. Of hints, in EDX, there is none: no processor is always there for its guest (KVM_HINTS_REALTIME). */
export const leafOf = (leaf: number, features: ReadonlySet<KvmFeature>) => {
  if (leaf >>> 0 === firstLeaf) return { eax: firstLeaf + 1, ebx: word(0), ecx: word(1), edx: word(2) };
  if (leaf >>> 0 === firstLeaf + 1) return { eax: [...features].reduce((mask, one) => mask | bits[one], 0), ebx: 0, ecx: 0, edx: 0 };
  return undefined;
};

/** Four letters of the signature, the first lowest. */
const word = (index: number): number => [0, 1, 2, 3].reduce((sum, at) => sum | (signature.charCodeAt(4 * index + at) << (8 * at)), 0);
