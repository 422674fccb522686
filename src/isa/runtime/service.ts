/** What a processor does in many steps that depend on its mode: done outside the interpreter, at once or not at all. */
export const Service = {
  /** (place of the segment, selector, 1 where interrupts wait for the next instruction if it is SS) */
  loadSegment: 0,
  /** (operand size, selector, offset) */
  jumpFar: 1,
  callFar: 2,
  /** (operand size, bytes that are taken off the stack) */
  returnFar: 3,
  /** (vector, which instruction asks: a `Wish`) */
  interrupt: 4,
  /** (operand size) */
  interruptReturn: 5,
  /** (port, bytes, value) */
  output: 6,
  /** (port, bytes) → value */
  input: 7,
  /** (port, bytes): whether IOPL or the task allow it */
  permitPort: 8,
  /** (a `Permission`): whether the program may, before its operands are looked at */
  permit: 12,
  /** (place of LDTR or TR) → selector */
  storeSelector: 13,
  /** (place of GDTR or IDTR, linear address, operand size) */
  storeTable: 14,
  loadTable: 15,
  /** (selector) */
  loadLdt: 9,
  loadTask: 10,
  /** (selector, one of `Inquiry`) → what is known of it and bit 32, or 0 where it isn't for this program */
  inquire: 11,
  /** An x87 exception that awaits while CR0.NE has it told by a line of its own: goes on where it is ignored. */
  externalError: 16,
  /** (number) → value of a control register */
  readControl: 32,
  /** (number, value) */
  writeControl: 33,
  /** (value): LMSW */
  writeStatusWord: 34,
  clearTaskSwitched: 35,
  /** (number) → value of a debug register */
  readDebug: 36,
  /** (number, value) */
  writeDebug: 37,
  /** (linear address): INVLPG */
  forgetPage: 38,
  /** (type, PCID, linear address): INVPCID */
  forgetContext: 39,
  /** (number) → value of a model-specific register */
  readModel: 40,
  /** (number, value) */
  writeModel: 41,
  /** (number) → value of a performance counter */
  readCounter: 42,
  /** → time-stamp counter */
  time: 43,
  /** (leaf, subleaf, 0 or 1) → EBX:EAX or EDX:ECX of CPUID */
  identify: 44,
  /** → 64 random bits */
  random: 45,
  /** SYSCALL, SYSRET (operand size), SYSENTER, SYSEXIT (operand size): rip is where it goes on */
  enterByTarget: 46,
  returnToCaller: 47,
  enterByStack: 48,
  exitToCaller: 49,
  /** (number) → value of an extended control register */
  readExtended: 50,
  /** (number, value) */
  writeExtended: 51,
  /** (linear address, which parts, 1 where pointers have 64 bits): XSAVE, XSAVEOPT, XSAVEC, XRSTOR */
  saveExtended: 52,
  saveChanged: 53,
  saveCompacted: 54,
  restoreExtended: 55,
  /** The same: XSAVES, XRSTORS */
  saveSupervised: 56,
  restoreSupervised: 57,
  /** VMCALL and VMMCALL */
  callMonitor: 58,
} as const;
export type ServiceName = keyof typeof Service;

/** Instructions that ask for an interrupt: INT n; INT3 and INTO, which virtual-8086 mode lets through; INT1, which no gate's privilege stops. */
export const Wish = { int: 0, int3: 1, int1: 2 } as const;
/** What needs selectors, which real-address and virtual-8086 mode don't have; privilege 0; both. */
export const Permission = { selectors: 1, supervisor: 2, both: 3 } as const;
/** LAR, LSL, VERR, VERW. */
export const Inquiry = { rights: 0, limit: 1, read: 2, write: 3 } as const;
