/** Processes inside an environment, as the outside sees them. */
import type { Cause } from './cause.ts';

/** How a process ended: its status, or the signal that ended it (then `code` is 128 + its number, as shells count). */
export interface Exit {
  readonly code: number;
  readonly signal: string | null;
  /** Of an environment that ended unasked. */
  readonly cause?: Cause | undefined;
}

/** Where a process's streams go: isola's own streams, as a terminal or not, or pipes. */
export type Io = { readonly kind: 'inherit'; readonly terminal: boolean; readonly stdin: boolean } | { readonly kind: 'pipes' };

export interface ExecRequest {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute; undefined: where the environment's own command starts. */
  readonly workdir: string | undefined;
  /** NAME[:GROUP] or UID[:GID]; undefined: the environment's own. */
  readonly user: string | undefined;
  readonly io: Io;
}

/** A process under way. The streams are empty and `stdin` swallows where the Io was inherited. */
export interface Running {
  readonly stdin: ByteSink;
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
  readonly exit: Promise<Exit>;
  /**
   * Sends a signal by name (SIGTERM …). SIGKILL ends all it has started, too. Once it has ended nothing happens, but for a SIGKILL after
   * another signal: that ends what it has left behind.
   */
  signal(name: string): void;
}

export interface ByteSink {
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<void>;
}
