/** Why a machine gave control back. */
import type { Exit, Instant, Stop } from '../machine/index.ts';

export type Pause =
  /** It has run as long as it was to. */
  | { readonly why: 'slice' }
  /** Nothing happens before this moment, or before something comes in where there is none. */
  | { readonly why: 'idle'; readonly until: Instant | undefined }
  /** It has switched itself off. */
  | { readonly why: 'off' }
  /** A program in it asked for the end, with this status. */
  | { readonly why: 'exit'; readonly status: number }
  /** Its processor is where a debugger stops it. */
  | { readonly why: 'stop'; readonly stop: Stop }
  /** Its processor can't go on: a triple fault, or what isn't built. */
  | { readonly why: 'stuck'; readonly exit: Exit };
