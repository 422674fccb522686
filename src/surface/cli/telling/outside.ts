/** What a command line touches besides the supervisor: of this process, or made up by a test. */
import { isatty } from 'node:tty';

export interface Outside {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Asks about 0, 1 or 2 without opening a stream. */
  isTerminal(descriptor: 0 | 1 | 2): boolean;
}

/**
 * This process. Its streams open when they are first asked for: Node makes a pipe non-blocking when it opens a stream on it,
 * which a program that inherits the same pipe then suffers from.
 */
export const thisProcess: Outside = {
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
  env: process.env,
  isTerminal: (descriptor) => isatty(descriptor),
};

/** A terminal's size; what VT100 had where it says 0, as terminals without a window do. */
export const sizeOf = ({ columns, rows }: NodeJS.WriteStream): { readonly columns: number; readonly rows: number } => ({
  columns: columns || 80,
  rows: rows || 24,
});
