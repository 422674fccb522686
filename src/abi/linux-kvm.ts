/** The kernel's virtual machine monitor as /dev/kvm has it on x86-64: linux v6.6 include/uapi/linux/kvm.h and arch/x86/include/uapi/asm/kvm.h, Documentation/virt/kvm/api.rst. Little endian. */

export const device = '/dev/kvm';
/** What KVM_GET_API_VERSION has answered since 2007. */
export const version = 12;

/** Numbers of requests, by what they are called behind KVM_. */
export const request = {
  ...{ GET_API_VERSION: 0xae00, CREATE_VM: 0xae01, CHECK_EXTENSION: 0xae03, GET_VCPU_MMAP_SIZE: 0xae04 },
  GET_SUPPORTED_CPUID: 0xc008_ae05,
  // Of a machine.
  ...{ CREATE_VCPU: 0xae41, GET_DIRTY_LOG: 0x4010_ae42, SET_USER_MEMORY_REGION: 0x4020_ae46, SET_TSS_ADDR: 0xae47 },
  ...{ SET_IDENTITY_MAP_ADDR: 0x4008_ae48, SET_GSI_ROUTING: 0x4008_ae6a, ENABLE_CAP: 0x4068_aea3, SIGNAL_MSI: 0x4020_aea5 },
  // Of a processor.
  ...{ RUN: 0xae80, GET_REGS: 0x8090_ae81, SET_REGS: 0x4090_ae82, GET_SREGS: 0x8138_ae83, SET_SREGS: 0x4138_ae84 },
  ...{ INTERRUPT: 0x4004_ae86, GET_MSRS: 0xc008_ae88, SET_MSRS: 0x4008_ae89, SET_SIGNAL_MASK: 0x4004_ae8b },
  ...{ GET_LAPIC: 0x8400_ae8e, SET_LAPIC: 0x4400_ae8f, SET_CPUID2: 0x4008_ae90, GET_MP_STATE: 0x8004_ae98 },
  ...{ SET_MP_STATE: 0x4004_ae99, NMI: 0xae9a, GET_VCPU_EVENTS: 0x8040_ae9f, SET_VCPU_EVENTS: 0x4040_aea0 },
  ...{ GET_DEBUGREGS: 0x8080_aea1, SET_DEBUGREGS: 0x4080_aea2, SET_TSC_KHZ: 0xaea2, GET_TSC_KHZ: 0xaea3 },
  ...{ GET_XSAVE: 0x9000_aea4, SET_XSAVE: 0x5000_aea5, GET_XCRS: 0x8188_aea6, SET_XCRS: 0x4188_aea7 },
  ...{ SET_DEVICE_ATTR: 0x4018_aee1, GET_DEVICE_ATTR: 0x4018_aee2 },
} as const;
export type Request = keyof typeof request;

/** What a kernel may have or not: KVM_CAP_. */
export const capability = {
  ...{ USER_MEMORY: 3, SET_TSS_ADDR: 4, EXT_CPUID: 7, MP_STATE: 14, IRQ_ROUTING: 25, VCPU_EVENTS: 41 },
  ...{ DEBUGREGS: 50, XSAVE: 55, XCRS: 56, GET_TSC_KHZ: 61, TSC_DEADLINE_TIMER: 72, SIGNAL_MSI: 77 },
  ...{ READONLY_MEM: 81, SPLIT_IRQCHIP: 121, X2APIC_API: 129, IMMEDIATE_EXIT: 136 },
} as const;
export type Capability = keyof typeof capability;

/** KVM_X2APIC_API_: identifiers of 32 bits, and 255 is an identifier like others. */
export const x2apicApi = 0x3;

/** KVM_EXIT_: why KVM_RUN came back. */
export const exitReason = {
  ...{ io: 2, mmio: 6, interruptWindow: 7, shutdown: 8, failedEntry: 9, interrupted: 10 },
  ...{ internalError: 17, endOfInterrupt: 26 },
} as const;

/** Places in struct kvm_run, which the kernel shares with whoever runs a processor. */
export const runAt = {
  ...{ requestInterruptWindow: 0, immediateExit: 1, exitReason: 8, readyForInterrupt: 12 },
  ...{ ioDirection: 32, ioSize: 33, ioPort: 34, ioCount: 36, ioDataOffset: 40 },
  ...{ mmioAddress: 32, mmioData: 40, mmioBytes: 48, mmioIsWrite: 52 },
  ...{ failedEntryReason: 32, suberror: 32, endOfInterruptVector: 32 },
} as const;

/** Places in struct kvm_regs: RAX, RBX, RCX, RDX, RSI, RDI, RSP, RBP, R8 to R15. */
export const regs = { bytes: 144, general: 0, rip: 128, flags: 136 } as const;
/** Where each general register is, by its number in instructions: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI. */
export const generalOrder = [0, 2, 3, 1, 6, 7, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** Places in struct kvm_sregs. */
export const sregs = {
  bytes: 312,
  ...{ cs: 0, ds: 24, es: 48, fs: 72, gs: 96, ss: 120, tr: 144, ldtr: 168 },
  ...{ gdtr: 192, idtr: 208, cr0: 224, cr2: 232, cr3: 240, cr4: 248, cr8: 256, efer: 264, apicBase: 272 },
} as const;
/** Within struct kvm_segment. */
export const segment = {
  ...{ base: 0, limit: 8, selector: 12, type: 14, present: 15, dpl: 16, big: 17, program: 18, long: 19, granular: 20 },
  ...{ available: 21, unusable: 22 },
} as const;
/** Within struct kvm_dtable. */
export const table = { base: 0, limit: 8 } as const;

/** Places in struct kvm_debugregs. */
export const debugRegs = { bytes: 128, dr0: 0, dr6: 32, dr7: 40 } as const;
/** struct kvm_xcrs: how many, and of each its number and value. */
export const xcrs = { bytes: 392, count: 0, number: 8, value: 16 } as const;
/** struct kvm_xsave: the standard form of XSAVE, SDM Vol. 1, 13.4. */
export const xsaveBytes = 4096;
/** struct kvm_lapic_state: the page of the local APIC, its first KiB. */
export const lapicBytes = 1024;

/** Places in struct kvm_vcpu_events. */
export const events = {
  bytes: 64,
  ...{ interruptInjected: 8, interruptVector: 9, interruptSoft: 10, interruptShadow: 11 },
  ...{ nmiInjected: 12, nmiPending: 13, nmiMasked: 14, flags: 20 },
} as const;
/** Which of struct kvm_vcpu_events is meant to be set. */
export const eventFlag = { nmiPending: 1, shadow: 4 } as const;
export const shadow = { stack: 1, sti: 2 } as const;

export const mpState = { runnable: 0, uninitialized: 1, initReceived: 2, halted: 3 } as const;

/** struct kvm_userspace_memory_region: slot, flags, guest physical address, bytes, address here. */
export const memoryRegion = { bytes: 32, slot: 0, flags: 4, guest: 8, size: 16, host: 24 } as const;
export const memoryFlag = { logDirty: 1, readOnly: 2 } as const;
/** struct kvm_dirty_log. */
export const dirtyLog = { bytes: 16, slot: 0, bitmap: 8 } as const;

/** struct kvm_enable_cap. */
export const enableCap = { bytes: 104, capability: 0, argument: 8 } as const;
/** struct kvm_msi. */
export const msi = { bytes: 32, addressLow: 0, addressHigh: 4, data: 8 } as const;
/** struct kvm_irq_routing, and each entry of it that leads to a message. */
export const routing = { head: 8, entry: 48, number: 0, type: 4, addressLow: 16, addressHigh: 20, data: 24, message: 2 } as const;
/** struct kvm_cpuid2 and its entries. */
export const cpuid = { head: 8, entry: 40, leaf: 0, subleaf: 4, flags: 8, eax: 12, ebx: 16, ecx: 20, edx: 24, hasSubleaf: 1 } as const;
/** struct kvm_msrs and its entries. */
export const msrs = { head: 8, entry: 16, number: 0, value: 8 } as const;
/** struct kvm_signal_mask, with a mask of 64 signals. */
export const signalMask = { bytes: 12, length: 0, mask: 4 } as const;
/** struct kvm_device_attr, and the one there is of a processor: by how much its time-stamp counter is ahead. */
export const deviceAttr = { bytes: 24, group: 4, attribute: 8, address: 16 } as const;
