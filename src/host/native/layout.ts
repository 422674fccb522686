/** Where a child that runs a guest's programs has what isn't theirs, and what of it this process sees. */

const pageBytes = 0x1000;

/** Addresses in a child. No page of a program is shown within `reserved`. */
export const inChild = {
  code: 0x6f00_0000_0000n,
  /** What it and this process both write: it is the program's to spoil, too. */
  shared: 0x6f00_0000_1000n,
  /** What this process writes, and it reads. */
  orders: 0x6f00_0001_0000n,
  /** Where the keeper has all orders. */
  allOrders: 0x6f00_0010_0000n,
  /** 2 MiB. */
  reserved: { begin: 0x6f00_0000_0000, end: 0x6f00_0020_0000 },
  /** Behind the last page that a program may have. */
  end: 0x7fff_ffff_f000,
} as const;

/** Of a child's shared pages: words first, then the stack of its signal handlers. */
export const Shared = {
  state: 0,
  /** Whether the child stands still, from before it says so until it goes on; and whether this process sleeps. */
  childSleeps: 4,
  ownerSleeps: 8,
  signal: 16,
  /** Where its registers are: struct ucontext, an address in the child. */
  context: 24,
  fsBase: 32,
  gsBase: 40,
  /** DS, ES, FS and GS, of 2 bytes each. */
  selectors: 48,
  stack: pageBytes,
  bytes: 8 * pageBytes,
} as const;

/** Of `Shared.state`: it has stopped · it is to run · its mapper is to let it. */
export const Turn = { stopped: 1, run: 2, waits: 3 } as const;

/** A page of orders: how often some were given, how many, whether the child is to run then, and each with a number of a system call and six arguments, of 8 bytes each. */
export const Orders = { count: 0, entries: 4, isToRun: 8, first: 64, entryBytes: 64, most: 126, bytes: 2 * pageBytes } as const;

/** The keeper's own page: how often it was told, what (a child's number, or that number and `end`), how often it has done so, and which process each child is. */
export const Keeper = { count: 0, what: 4, done: 8, pids: 64, end: 0x100 } as const;

/** Children there may be at a time. */
export const mostChildren = 64;

/** Descriptors that a child has: the guest's memory, what is shared, the orders, and where it says that orders are carried out. */
export const Descriptor = { memory: 3, shared: 4, orders: 5, done: 6 } as const;
