/** What CPUID tells of Xen: xen/include/public/arch-x86/cpuid.h. */
import type { MonitorLeaf } from '../../machine/index.ts';
import { Domain, xenVersion } from './numbers.ts';

const first = 0x4000_0000;
/** "XenVMMXenVMM". */
const signature = { ebx: 0x566e_6558, ecx: 0x6558_4d4d, edx: 0x4d4d_566e } as const;
/** Its register that has the hypercall page written; Linux and GRUB take whichever leaf 2 says. */
export const hypercallModel = 0x4000_0000;
/** Leaf 4: the number of the processor and of the domain are told, and each processor has its own upcall vector. */
const Hvm = { vcpuId: 0x08, domainId: 0x10, upcallVector: 0x40 } as const;

const none = { eax: 0, ebx: 0, ecx: 0, edx: 0 } as const;
/** Its time is the time-stamp counter's, which ticks a billion times a second. */
const kilohertz = 1_000_000;

export const leafOf = (leaf: number, subleaf: number): MonitorLeaf | undefined => {
  switch (leaf - first) {
    case 0:
      return { eax: first + 5, ...signature };
    case 1:
      return { ...none, eax: xenVersion };
    case 2:
      return { ...none, eax: 1, ebx: hypercallModel };
    case 3:
      return subleaf === 0 ? { ...none, ecx: kilohertz } : none;
    case 4:
      return subleaf === 0 ? { ...none, eax: Hvm.vcpuId | Hvm.domainId | Hvm.upcallVector, ecx: Domain.guest } : none;
    case 5:
      return none;
    default:
      return undefined;
  }
};
