/**
 * An x86 processor's state in linear memory: offsets in bytes from where the processor's state begins. What is architectural is as wide as in
 * long mode, little endian.
 *
 * Flags are kept as what they are computed from, since most are never looked at:
 *
 *     result  64 bits, sign-extended   ZF: it is 0 · SF: its sign · PF: of its low byte
 *     carry   32 bits                  CF: bit 31 · OF: bit 31 differs from bit 30 (the carries out of the two highest bits)
 *     aux     32 bits                  AF: bit 3 · bit 8: PF is the opposite · bit 9: SF is the opposite (only after they were loaded)
 */
export const State = {
  /** rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15, of 8 bytes each. */
  gpr: 0x000,
  /** 8 bytes that are always 0: the base or index of an address that has none. */
  zero: 0x080,
  rip: 0x088,
  result: 0x090,
  carry: 0x098,
  aux: 0x09c,
  /** EFLAGS but for what is above; bit 1 is set. */
  flags: 0x0a0,
  /** What the last slow path ended in: 0, or 1 + the vector of a fault, with its error code. */
  fault: 0x0a4,
  error: 0x0a8,
  /** Record of the branch that last left its block. */
  from: 0x0ac,
  /** Instructions that may run before the next exit. */
  budget: 0x0b0,
  /** Current privilege level: 0 to 3. */
  cpl: 0x0b8,
  /** Offset of the translations that count: of the supervisor's or of users' pages. */
  tlb: 0x0b4,
  /** Offset of the jumps that count: of the supervisor's or of users' code. */
  jumps: 0x0bc,
  /** Control registers and EFER, of 8 bytes each. */
  cr0: 0x0c0,
  cr2: 0x0c8,
  cr3: 0x0d0,
  cr4: 0x0d8,
  efer: 0x0e0,
  /** 0 where nothing has to be looked at between two blocks: nobody waits to interrupt, and nothing is watched or trapped. */
  attention: 0x0e8,
  /** Memory that handlers walk page tables in by themselves: its bytes, 0 where the host has to; its physical address, below 4 GiB; and what is added to one for the place in linear memory. */
  walked: 0x0ec,
  walkedFrom: 0x0f4,
  walkedPlace: 0x0f8,
  /** MXCSR; 0x1f80 after reset. */
  mxcsr: 0x0f0,
  /** Within translations, and between two of them: which operation of which two numbers flags are those of; 0 where the words above have them. Numbers: 8 bytes each. */
  flagKind: 0x0fc,
  flagA: 0x11a8,
  flagB: 0x11b0,
  /** Six segments: es, cs, ss, ds, fs, gs, of 32 bytes each: base (8), limit (4), rights (4), selector (4). */
  segments: 0x100,
  /** LDTR and TR, like segments. */
  ldtr: 0x300,
  tr: 0x320,
  /** Tables of descriptors: base (8), limit (4). */
  gdtr: 0x340,
  idtr: 0x350,
  /** What holds events back: masks of `Shadow`. */
  shadow: 0x360,
  /** What the processor does: one of `Activity`. */
  activity: 0x364,
  /** Steps of a string that are done before control is given back; 0 of as many as usual. */
  steps: 0x368,
  /** Bits of the widest linear addresses there can be: 48, or 57 with five levels of page tables. */
  widest: 0x36c,
  /** An operand of floating point beyond two. */
  third: 0x370,
  /** What code means and where its segment is, by a number in bits 58 to 62: addresses of jumps are remembered with it. */
  circumstance: 0x378,
  /** Up to three vectors that are worked on lane by lane, and what is made of them in the place of the first. */
  lanes: 0x380,
  /** Thirty-two vector registers of 64 bytes each. */
  vectors: 0x400,
  /**
   * Eight x87 registers of 16 bytes each, by their own numbers rather than from the top on: significand (8), sign and exponent (2). The
   * significands are the MMX registers.
   */
  x87: 0xc00,
  x87Control: 0xc80,
  x87Status: 0xc82,
  /** A bit for each register that isn't empty. */
  x87Full: 0xc84,
  /** Of the last x87 instruction that was none of control: opcode (11 bits), where it was, and where its operand was in memory. */
  x87Opcode: 0xc86,
  x87CodeSegment: 0xc88,
  x87DataSegment: 0xc8a,
  /** Whether exceptions that CR0.NE has told outside are ignored until they are cleared: IGNNE#, as boards hold it. */
  x87Ignored: 0xc8c,
  x87Code: 0xc90,
  x87Data: 0xc98,
  /** Where bytes of two pages, or of a device, are put together; as many as FXSAVE writes. */
  bounce: 0xd00,
  /** Debug registers, XCR0 and model-specific registers, of 8 bytes each. */
  dr0: 0x1000,
  dr6: 0x1020,
  dr7: 0x1028,
  xcr0: 0x1030,
  star: 0x1038,
  lstar: 0x1040,
  cstar: 0x1048,
  fmask: 0x1050,
  kernelGsBase: 0x1058,
  sysenterCs: 0x1060,
  sysenterEsp: 0x1068,
  sysenterEip: 0x1070,
  /** What the time-stamp counter is ahead of the processor's time, and IA32_TSC_ADJUST. */
  tscOffset: 0x1078,
  tscAdjust: 0x1080,
  tscAux: 0x1088,
  pat: 0x1090,
  miscEnable: 0x1098,
  mcgStatus: 0x10a0,
  mtrrDefault: 0x10a8,
  /** Eleven of them, and eight pairs of base and mask. */
  mtrrFixed: 0x10b0,
  mtrrVariable: 0x1108,
  /** What random numbers are drawn from. */
  seed: 0x1188,
  apicBase: 0x1190,
  /** The processor's time, where nobody tells it: instructions, and ticks that passed while it waited. */
  ticks: 0x1198,
  /** Half of the linear addresses of 64-bit mode: 2^47, or 2^56 with CR4.LA57, from which it follows when translations are forgotten. */
  addressHalf: 0x11a0,
  /** A number of what code means, as blocks have it, where the code segment begins at 0 and ends nowhere; else 0: then the host finds blocks. */
  mode: 0x11b8,
  /**
   * Time as it is reckoned: ticks for 65,536 instructions, 0 where the host has to be asked; what the time was, of 8 bytes, and how many instructions
   * of the run were through then; how many are when the budget is used up. Numbers of instructions have 32 bits. And whether the host is asked once
   * all the same: devices were touched, which know the time.
   */
  pace: 0x11bc,
  reckonedTime: 0x11c0,
  reckonedFrom: 0x11c8,
  spent: 0x11cc,
  doubted: 0x11dc,
  /** Whether somebody hears of each interrupt: then the host delivers those that programs ask for, too. */
  heard: 0x11d0,
  /** How often handlers have forgotten by themselves what isn't global. */
  forgotten: 0x11d4,
  /** Whether pages of programs' half of addresses were noted that are large, or that code was fetched from and that are global: then the host forgets single ones. */
  lasting: 0x11d8,
  /** Bits of privileges at which handlers give control back where a system goes on there: for those whose programs run elsewhere. */
  programs: 0x11e0,
  /** Whether somebody has translations of his own: then the host loads CR3 and forgets single pages. */
  shadowed: 0x11e4,
  /** PAUSEs that are left: control is given back behind the last, for somebody may look whether another processor waits for its turn. 0 are 2^32. */
  patience: 0x11e8,
  /** The local APIC's registers, laid out in cpu/apic. */
  apic: 0x1200,
  /** Where it ends. */
  size: 0x1400,
} as const;

/** In State.mode: code and stack of 32 bits, and all segments but FS and GS begin at 0 and end nowhere. */
export const FlatMode = { mask: 0x7f, number: 0x2a } as const;

/** Bits of State.aux. */
export const AuxBit = { af: 3, otherParity: 8, otherSign: 9 } as const;

export const Segment = { es: 0, cs: 1, ss: 2, ds: 3, fs: 4, gs: 5 } as const;
export type Segment = (typeof Segment)[keyof typeof Segment];

/** Offsets within a segment. */
export const SegmentPart = { base: 0, limit: 8, rights: 12, selector: 16, size: 32 } as const;

/** Of State.shadow: until the next instruction is through, after STI and after a load of SS; until IRET, of an NMI; that another one waits; that an INIT does. SDM Vol. 3A, 7.8.3 and 7.7.1. */
export const Shadow = { sti: 1 << 0, stack: 1 << 1, nmi: 1 << 2, waiting: 1 << 3, init: 1 << 4 } as const;

/**
 * It runs · waits for an interrupt after HLT · waits for an NMI or a reset after a third fault: SDM Vol. 3A, 7.15 (#DF) · after INIT, for its
 * start: 9.4 · before an x87 instruction, for an interrupt that tells of the one before: Vol. 1, D.2.1.
 */
export const Activity = { active: 0, halted: 1, shutdown: 2, waiting: 3, frozen: 4 } as const;

/** Where a segment is in the state. */
export const segmentPlace = (segment: number): number => State.segments + SegmentPart.size * segment;

/** Masks of EFLAGS: SDM Vol. 1, 3.4.3. */
export const Eflags = {
  cf: 1 << 0,
  one: 1 << 1,
  pf: 1 << 2,
  af: 1 << 4,
  zf: 1 << 6,
  sf: 1 << 7,
  tf: 1 << 8,
  if: 1 << 9,
  df: 1 << 10,
  of: 1 << 11,
  iopl: 3 << 12,
  nt: 1 << 14,
  rf: 1 << 16,
  vm: 1 << 17,
  ac: 1 << 18,
  vif: 1 << 19,
  vip: 1 << 20,
  id: 1 << 21,
} as const;

/** Masks of MXCSR: SDM Vol. 1, 10.2.3. */
export const Mxcsr = {
  ie: 1 << 0,
  de: 1 << 1,
  ze: 1 << 2,
  oe: 1 << 3,
  ue: 1 << 4,
  pe: 1 << 5,
  flags: 0x3f,
  /** Those found before there is a result. */
  early: 0x07,
  daz: 1 << 6,
  masks: 0x3f << 7,
  /** Nearest, down, up, towards zero. */
  rc: 3 << 13,
  fz: 1 << 15,
  /** All that isn't a flag; and what it is after reset. */
  control: 0xffc0,
  initial: 0x1f80,
} as const;

/** Masks of the x87 status word: SDM Vol. 1, 8.1.3. Its exception flags are where MXCSR has them. */
export const X87Status = {
  flags: 0x3f,
  stackFault: 1 << 6,
  /** An exception that isn't masked awaits the next instruction. */
  summary: 1 << 7,
  ...{ c0: 1 << 8, c1: 1 << 9, c2: 1 << 10, c3: 1 << 14 },
  conditions: 0x4700,
  top: 7 << 11,
  busy: 1 << 15,
} as const;

/** Masks of the x87 control word: SDM Vol. 1, 8.1.5. */
export const X87Control = {
  masks: 0x3f,
  /** Bits that may be set, and the one that always is. */
  writable: 0x1f3f,
  always: 0x40,
  initial: 0x37f,
} as const;

export const arithmeticFlags = Eflags.cf | Eflags.pf | Eflags.af | Eflags.zf | Eflags.sf | Eflags.of;
