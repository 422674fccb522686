/** The kinds of work that guest/measure knows, and which of its times tells what they cost. */

export type Quantity = 'processor time' | 'wall time';

interface Kind {
  /** What people call it. */
  readonly name: string;
  /** Processor time where nobody else can take it; the time on the clock where the work waits for something. */
  readonly quantity: Quantity;
  /** What is counted as one operation. */
  readonly operation: string;
  readonly needs?: 'network';
  /** How long a slice of it is, in ms, and how many of a session's rounds it takes part in, where that isn't the usual. */
  readonly sliceMs?: number;
  readonly roundsMost?: number;
}

/** In the order in which they are told. */
export const works = {
  cpu: { name: 'processor', quantity: 'processor time', operation: 'a multiplication and an addition' },
  memory: { name: 'memory, latency', quantity: 'processor time', operation: 'a read at a place the read before tells, in 16 MiB' },
  copy: { name: 'memory, bandwidth', quantity: 'processor time', operation: 'copying 256 KiB' },
  fault: { name: 'page faults', quantity: 'processor time', operation: 'mapping 2 MiB and touching each of its pages' },
  call: { name: 'bare system calls', quantity: 'processor time', operation: 'getppid' },
  fork: { name: 'fork', quantity: 'processor time', operation: 'fork, exit and wait' },
  exec: { name: 'fork and exec', quantity: 'processor time', operation: 'vfork, exec of a small static program, exit and wait' },
  pipe: { name: 'pipe', quantity: 'processor time', operation: 'a byte to another process and back' },
  stat: { name: 'stat', quantity: 'processor time', operation: 'stat of a file' },
  open: { name: 'open and read', quantity: 'processor time', operation: 'open, read of 64 bytes, close' },
  // Few: ext4 passes over every inode that was freed in the last minutes, so that many would be the measure of how many there were.
  create: { name: 'create', quantity: 'processor time', operation: 'a new file of one byte', sliceMs: 0.1, roundsMost: 2 },
  name: { name: 'link, rename, unlink', quantity: 'processor time', operation: 'a name given to a file, changed and taken away' },
  direct: { name: 'direct disk writes', quantity: 'wall time', operation: '64 KiB over blocks that are there, O_DIRECT' },
  fetch: { name: 'direct disk reads', quantity: 'wall time', operation: '64 KiB, O_DIRECT' },
  fsync: { name: 'synchronous disk writes', quantity: 'wall time', operation: '4 KiB and fdatasync' },
  latency: { name: 'network, latency', quantity: 'wall time', operation: 'a byte to the host and back over TCP', needs: 'network' },
  throughput: { name: 'network, throughput', quantity: 'wall time', operation: '64 KiB to the host over TCP', needs: 'network' },
} as const satisfies Readonly<Record<string, Kind>>;

export type Work = keyof typeof works;
export const workNames = Object.keys(works) as readonly Work[];

export const kindOf = (work: Work): Kind => works[work];
