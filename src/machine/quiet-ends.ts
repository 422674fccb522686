/** Ends of interrupts that a guest tells by a word in its memory, without a way to its local APIC. */
export interface QuietEnds {
  /** An interrupt was delivered that nobody but the guest need end, and no other waits: the guest may clear its word instead of writing EOI. */
  lend(): void;
  /** Whether one was lent and the guest has cleared its word: once, and it is for the local APIC to end it. */
  taken(): boolean;
  /** What was lent is to be ended by EOI again. */
  recall(): void;
}
