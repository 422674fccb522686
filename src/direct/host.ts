/** What is needed of a host that runs programs as they are. */

/** What of a page a program may do beside reading it. */
export interface Rights {
  readonly isWritable: boolean;
  readonly isExecutable: boolean;
}

/** A process of the host that has one address space's pages. Addresses and sizes are in bytes, of whole pages. */
export interface Child {
  /** Its registers are in there, which it can write at any time. */
  readonly shared: DataView;
  /** Where: struct ucontext, and the state of its vectors. */
  readonly context: number;
  readonly vectors: number;
  show(address: number, from: number, bytes: number, rights: Rights): void;
  hide(address: number, bytes: number): void;
  hideAll(): void;
  /** Has all that carried out, now. */
  carryOut(): boolean;
  /** Whether it is good for no more. */
  readonly isOver: boolean;
  /** Runs, once all that is carried out, until it stops, or is stopped as a moment of the host's clock is there, in nanoseconds. Else it was gone before, with its registers as they were; or it is gone, and nobody knows how far it came. */
  run(until: number): 'stopped' | 'never' | 'lost';
  end(): void;
}

export interface ChildHost {
  /** Undefined where it has no room for one more. */
  open(): Child | undefined;
  /** Nanoseconds of the clock that runs end by. */
  now(): number;
  /** Whether its processes can go to code of 32 bits. */
  hasCode32(): boolean;
  /** Addresses that it has for itself in each. */
  readonly reserved: { readonly begin: number; readonly end: number };
}
