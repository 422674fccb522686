/** The host's timers, which whoever has the computer brings along: Node's or a browser's. */
export interface Timers {
  /** Calls once after so many milliseconds, no more exactly than the host does. Returns what calls it off. */
  after(ms: number, what: () => void): () => void;
  /** What else waits in this process has its turn. */
  turn(): Promise<void>;
}
